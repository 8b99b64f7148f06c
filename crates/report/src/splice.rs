//! Generated text inside a page that people write.

use std::fs;
use std::path::Path;

use crate::whole::Whole;

/// Writes a generated page, whole or not at all.
///
/// # Errors
/// One sentence that names the file, if it cannot be written.
pub fn write_page(page: &Path, markdown: &str) -> Result<(), String> {
    Whole::prepare(page, markdown)?.commit()
}

/// Replaces what stands between `<!-- fencepost:NAME -->` and `<!-- /fencepost:NAME -->` in the file `page` by
/// `markdown`. The rest stays as it is, and the file is written whole; one that would not change is not written.
///
/// # Errors
/// One sentence that names the file, if it cannot be read or written, or a marker is missing.
pub fn splice(page: &Path, name: &str, markdown: &str) -> Result<(), String> {
    let shown = page.display();
    let old = fs::read_to_string(page)
        .map_err(|e| format!("{shown}: cannot be read ({e}); name the page that the tables go into"))?;
    let new = spliced(&old, name, markdown).map_err(|marker| {
        format!("{shown}: has no marker {marker}; put it on a line of its own where the generated text goes")
    })?;
    if new == old { Ok(()) } else { Whole::prepare(page, &new)?.commit() }
}

/// The page with the text replaced, or the marker that is missing.
fn spliced(page: &str, name: &str, markdown: &str) -> Result<String, String> {
    let (open, close) = (format!("<!-- fencepost:{name} -->"), format!("<!-- /fencepost:{name} -->"));
    let Some((before, rest)) = page.split_once(&open) else { return Err(open) };
    let Some((_, after)) = rest.split_once(&close) else { return Err(format!("{close} after {open}")) };
    Ok(format!("{before}{open}\n{}\n{close}{after}", markdown.trim_end()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_the_text_between_the_markers_changes(
            before in "[^<]*", old in "[^<]*", new in "[^<]*", after in "[^<]*",
        ) {
            let page = format!("{before}<!-- fencepost:a -->{old}<!-- /fencepost:a -->{after}");
            let once = spliced(&page, "a", &new).unwrap();
            prop_assert!(once.starts_with(&before) && once.ends_with(&after));
            prop_assert!(once.contains(new.trim_end()));
            prop_assert_eq!(&spliced(&once, "a", &new).unwrap(), &once);
            prop_assert!(spliced(&page, "b", &new).is_err());
        }
    }

    #[test]
    fn the_missing_marker_is_named() {
        let missing = |page| spliced(page, "a", "x").unwrap_err();
        assert_eq!(missing("<!-- fencepost:b -->"), "<!-- fencepost:a -->");
        let closed_before = "<!-- /fencepost:a --> <!-- fencepost:a -->";
        assert_eq!(missing(closed_before), "<!-- /fencepost:a --> after <!-- fencepost:a -->");
    }
}
