//! The Linux-kernel memory model (Alglave, Maranget, McKenney, Parri, Stern, ASPLOS 2018), in the edition of
//! Linux 6.4 and later: `tools/memory-model/linux-kernel.cat` and `.bell`, whose names are used here, with
//! po-unlock-lock-po, rmw-sequence, carry-dep, and sleepable RCU matched by the data that flows from lock to unlock.

use super::lkmm_flags::flags;
use super::{Axioms, Model};
use crate::Tags;
use crate::relation::{Rel, Set, union};
use crate::skeleton::{Execution, Skeleton};

pub(super) static LKMM: Model = Model {
    name: "lkmm",
    source: "Alglave et al., ASPLOS 2018; Linux 6.4 and later",
    axioms,
    races: Some(races),
    flags: Some(flags),
};

/// What program order decides.
struct Fixed {
    marked: Set,
    plain: Set,
    noreturn: Set,
    /// `mb | gp`
    strong_fence: Rel,
    po_rel: Rel,
    wmb: Rel,
    /// `strong-fence | po-rel | acq-po`
    nonrw_fence: Rel,
    fence: Rel,
    /// `[Rmb]` between any two events.
    across_rmb: Rel,
    unlock: Set,
    lock_read: Set,
    after_unlock_lock: Set,
    grace: Set,
    /// `srcu-gp`
    srcu_grace: Set,
    srcu_lock: Set,
    srcu_unlock: Set,
    /// `rcu-rscs⁻¹`
    rscsi: Rel,
}

impl Fixed {
    fn of(s: &Skeleton) -> Fixed {
        let (po, r, w, m) = (&s.po, s.r, s.w, s.m());
        let tagged = |tags| s.tagged(tags);
        let plain = tagged(Tags::PLAIN) & m;
        let noreturn = tagged(Tags::NORETURN) & r;
        let full = tagged(Tags::FULL);
        let in_rmw = s.rmw.domain() | s.rmw.range() | tagged(Tags::ATOMIC);

        let acq_po = po.from(tagged(Tags::ACQUIRE) & r).to(m);
        let po_rel = po.from(m).to(tagged(Tags::RELEASE) & w);
        let across_rmb = s.across(tagged(Tags::SMP_RMB));
        let rmb = across_rmb.from(r - noreturn).to(r - noreturn);
        let wmb = s.across(tagged(Tags::SMP_WMB)).from(w).to(w);
        // A successful fully ordered read-modify-write has smp_mb() before and after it.
        let po_opt = po.opt();
        let mb = s.across(tagged(Tags::SMP_MB))
            | po.to(full & r).then(&po_opt)
            | po_opt.to(full & w).then(po)
            | s.across(tagged(Tags::BEFORE_ATOMIC)).to(in_rmw).then(&po_opt)
            | po_opt.to(in_rmw).then(&s.across(tagged(Tags::AFTER_ATOMIC)))
            | po_opt.to(tagged(Tags::SRCU_UNLOCK) & w).then(&s.across(tagged(Tags::AFTER_SRCU_READ_UNLOCK)))
            | po_opt.to(tagged(Tags::LOCK) & w).then(&s.across(tagged(Tags::AFTER_SPINLOCK)));
        let grace = tagged(Tags::SYNC_RCU);
        let srcu_grace = tagged(Tags::SYNC_SRCU);
        let gp = po.to(grace | srcu_grace).then(&po_opt);
        let strong_fence = mb.from(m).to(m) | gp;
        let nonrw_fence = union([&strong_fence, &po_rel, &acq_po]);
        Fixed {
            marked: !plain,
            plain,
            noreturn,
            fence: union([&nonrw_fence, &wmb, &rmb]),
            strong_fence,
            po_rel,
            wmb,
            nonrw_fence,
            across_rmb,
            unlock: tagged(Tags::UNLOCK) & w,
            lock_read: tagged(Tags::LOCK) & r,
            after_unlock_lock: tagged(Tags::AFTER_UNLOCK_LOCK),
            grace,
            srcu_grace,
            srcu_lock: tagged(Tags::SRCU_LOCK) & r,
            srcu_unlock: tagged(Tags::SRCU_UNLOCK) & w,
            rscsi: critical_sections(s).inverse(),
        }
    }
}

/// `rcu-rscs`: each `rcu_read_lock()` with the `rcu_read_unlock()` that ends it.
pub(super) fn critical_sections(s: &Skeleton) -> Rel {
    let mut matched = s.none();
    let mut open: Vec<usize> = Vec::new();
    for event in s.f.iter() {
        open.retain(|&lock| s.int.has(lock, event));
        if s.events[event].tags.has(Tags::RCU_LOCK) {
            open.push(event);
        } else if s.events[event].tags.has(Tags::RCU_UNLOCK)
            && let Some(lock) = open.pop()
        {
            matched.insert(lock, event);
        }
    }
    matched
}

/// `srcu-rscs`: each `srcu_read_lock()` with the `srcu_read_unlock()` that its index flows to, as `passed` has it.
pub(super) fn srcu_sections(x: &Execution<'_>, passed: &Rel, lock: Set, unlock: Set) -> Rel {
    passed.from(lock).to(unlock) & &x.skeleton.loc
}

/// `carry-srcu-data` and `pass-cookie`: how an index flows through memory, and from there into a write.
pub(super) fn carried_cookies(x: &Execution<'_>, unlock: Set) -> (Rel, Rel) {
    let s = x.skeleton;
    let carried = s.data.to(!unlock).then(&x.rf).star();
    let passed = carried.then(&s.data);
    (carried, passed)
}

/// The model's derived relations, in one execution.
struct Derived {
    cumul_fence: Rel,
    /// `rmw-sequence` but for the identity.
    in_sequence: Rel,
    hb: Rel,
    pb: Rel,
    rb: Rel,
    addr: Rel,
    /// Those of the model's first part, with `rcu-fence` added.
    fence: Rel,
    strong_fence: Rel,
}

impl Derived {
    /// `None` where happens-before, propagation or RCU is violated.
    fn of(x: &Execution<'_>, k: &Fixed) -> Option<Derived> {
        let s = x.skeleton;
        let (po, int, r, w, m) = (&s.po, &s.int, s.r, s.w, k.marked);
        let rfi = x.rfi();

        // Dependencies carried through memory by one CPU.
        let carry = s.data.then(&rfi).star();
        let (addr, data, ctrl) = (carry.then(&s.addr), carry.then(&s.data), carry.then(&s.ctrl));

        // Preserved program order.
        let po_unlock_lock_po = {
            let unlock_lock = (po | &x.rf).from(k.unlock).to(k.lock_read);
            po.then(&unlock_lock).then(po)
        };
        // smp_mb__after_unlock_lock() makes a strong fence of the lock's hand-over.
        let handed_over = po_unlock_lock_po.to(k.after_unlock_lock).then(po).from(s.m()).to(s.m());
        let strong_fence = &k.strong_fence | &handed_over;
        let fence = &k.fence | &handed_over;
        let dep = &addr | &data;
        let overwrite = &x.co | &x.fr;
        let to_w = (&dep | &ctrl).to(w) | &overwrite & int | addr.to(k.plain).then(&k.wmb);
        let to_r = addr.to(r) | dep.to(m).then(&rfi);
        let ppo = to_r | to_w | &fence & int | &po_unlock_lock_po & int;

        // Propagation.
        let in_sequence = x.rf.then(&s.rmw).plus();
        let a_cumul = x.rfe.to(m).opt().then(&(&strong_fence | &k.po_rel));
        let cumul_fence = union([&a_cumul, &k.wmb, &po_unlock_lock_po]).from(m).to(m).then_opt(&in_sequence);
        let prop = (&overwrite - int).opt().from(m).then_opt(&cumul_fence.plus()).to(m).then_opt(&x.rfe).to(m);

        // Happens-before.
        let identity = s.on(!Set::default());
        let hb = union([&ppo, &x.rfe, &((&prop - identity) & int)]).from(m).to(m);
        let hb_star = hb.acyclic_star()?;
        let pb = prop.then(&strong_fence.then(&hb_star)).to(m);

        // Read-copy-update.
        let (rcu_fence, rb) = if (k.grace | k.srcu_grace).is_empty() {
            pb.acyclic().then(|| (s.none(), s.none()))?
        } else {
            let pb_star = pb.acyclic_star()?;
            let rcu_link = po.opt().then(&hb_star).then(&pb_star).then(&prop).then(po);
            let (_, passed) = carried_cookies(x, k.srcu_unlock);
            let srcu_rscs = srcu_sections(x, &passed, k.srcu_lock, k.srcu_unlock);
            let kinds =
                [(s.on(k.grace), k.rscsi.clone(), None), (s.on(k.srcu_grace), srcu_rscs.inverse(), Some(&s.loc))];
            let rcu_fence = po.then(&rcu_order(&kinds, &rcu_link)).then_opt(po);
            let rb = prop.then(&rcu_fence.then(&hb_star).then(&pb_star)).to(m);
            rb.irreflexive().then_some((rcu_fence, rb))?
        };
        let (fence, strong_fence) = (fence | &rcu_fence, strong_fence | &rcu_fence);
        Some(Derived { cumul_fence, in_sequence, hb, pb, rb, addr, fence, strong_fence })
    }
}

/// Grace periods, inverted critical sections, and where both have to be about one cell: `loc`.
type Kind<'r> = (Rel, Rel, Option<&'r Rel>);

/// Sequences with at least as many grace periods as critical sections of their kind; a least fixpoint.
fn rcu_order(kinds: &[Kind<'_>; 2], link: &Rel) -> Rel {
    let matched = |middle: &Rel, (gp, rscsi, loc): &Kind<'_>| {
        let pairs = gp.then(middle).then(rscsi) | rscsi.then(middle).then(gp);
        loc.map_or(pairs.clone(), |loc| pairs & loc)
    };
    let around = |middle: &Rel| matched(middle, &kinds[0]) | matched(middle, &kinds[1]);
    let mut order = &kinds[0].0 | &kinds[1].0 | around(link);
    loop {
        let next = &order | around(&link.then(&order).then(link)) | order.then(link).then(&order);
        if next == order {
            return order;
        }
        order = next;
    }
}

/// What the model says of plain accesses.
struct Plain {
    pre_race: Rel,
    ww_vis: Rel,
    wr_vis: Rel,
    rw_xbstar: Rel,
}

impl Plain {
    fn of(x: &Execution<'_>, k: &Fixed, d: &Derived) -> Plain {
        let s = x.skeleton;
        let m = k.marked;
        let xbstar = union([&d.hb, &d.pb, &d.rb]).star();
        let vis = d
            .cumul_fence
            .star()
            .then(&x.rfe.opt())
            .to(m)
            .then(&(d.strong_fence.to(m).then(&xbstar) | &xbstar & &s.int));
        let r4rmb = s.r - k.noreturn;
        let w_pre_bounded = (&d.addr | &d.fence).opt().from(m);
        let r_pre_bounded = union([&d.addr, &k.nonrw_fence, &k.across_rmb.from(r4rmb).to(!k.noreturn)]).opt().from(m);
        let w_post_bounded = d.fence.opt().to(m).then_opt(&d.in_sequence);
        let r_post_bounded = (&k.nonrw_fence | k.across_rmb.from(!k.noreturn).to(r4rmb)).opt().to(m);
        let strong = d.strong_fence.then(&xbstar);
        let seen = w_post_bounded.then(&vis);
        let all = s.m();
        let program = all - s.iw;
        Plain {
            pre_race: (s.product(k.plain, all) | s.product(program, k.plain)) - &s.int,
            ww_vis: union([&d.fence, &strong.then(&w_pre_bounded), &seen.then(&w_pre_bounded)]),
            wr_vis: union([&d.fence, &strong.then(&r_pre_bounded), &seen.then(&r_pre_bounded)]),
            rw_xbstar: &d.fence | r_post_bounded.then(&xbstar).then(&w_pre_bounded),
        }
    }
}

fn axioms(s: &Skeleton) -> Axioms {
    let k = Fixed::of(s);
    Box::new(move |x| {
        if !x.coherent() || !x.atomic() {
            return false;
        }
        let Some(d) = Derived::of(x, &k) else { return false };
        if k.plain.is_empty() {
            return true;
        }
        let p = Plain::of(x, &k, &d);
        let incoherent = &p.pre_race & &x.rf & p.rw_xbstar.inverse()
            | &p.pre_race & &x.fr & p.wr_vis.inverse()
            | &p.pre_race & &x.co & p.ww_vis.inverse();
        incoherent.is_empty()
    })
}

/// The flag `data-race`.
fn races(x: &Execution<'_>) -> Rel {
    let s = x.skeleton;
    let k = Fixed::of(s);
    if k.plain.is_empty() {
        return s.none();
    }
    let Some(d) = Derived::of(x, &k) else { return s.none() };
    let p = Plain::of(x, &k, &d);
    let (marked, w) = (k.marked & s.m(), s.w);
    let ww_nonrace = &p.ww_vis & (s.product(marked, w) | &p.rw_xbstar) & (s.product(w, marked) | &p.wr_vis);
    let ww_race = (&p.pre_race & &x.co) - ww_nonrace;
    let wr_race = (&p.pre_race & x.co.opt().then(&x.rf)) - &p.wr_vis - p.rw_xbstar.inverse();
    let rw_race = (&p.pre_race & &x.fr) - &p.rw_xbstar;
    ww_race | wr_race | rw_race
}
