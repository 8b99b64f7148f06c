//! Sequential consistency (Lamport, IEEE Transactions on Computers, 1979), as acyclicity of program order and
//! communication (Shasha and Snir, TOPLAS 1988).

use super::{Axioms, Model};
use crate::skeleton::Skeleton;

pub(super) static SC: Model = Model {
    name: "sc",
    source: "Lamport, IEEE Transactions on Computers C-28, 1979",
    axioms,
    races: None,
    flags: None,
};

fn axioms(s: &Skeleton) -> Axioms {
    let po = s.po.clone();
    Box::new(move |x| (&po | &x.rf | &x.co | &x.fr).acyclic() && x.atomic())
}
