//! The machine and the build that results belong to.

use fencepost_report::{Build, Machine};

/// Describes this machine and this program.
pub fn describe() -> Machine {
    Machine::detect(Build {
        target: env!("FENCEPOST_TARGET").into(),
        compiler: env!("FENCEPOST_COMPILER").into(),
        commit: env!("FENCEPOST_COMMIT").into(),
        profile: env!("FENCEPOST_PROFILE").into(),
    })
}
