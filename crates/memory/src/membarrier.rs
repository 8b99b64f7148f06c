//! `membarrier(2)`: one side of an asymmetric barrier pays for both.

/// Makes every running thread of this process execute a full memory barrier.
///
/// # Panics
/// Where the operating system has no expedited private `membarrier(2)` (Linux has it since 4.14).
#[cfg(target_os = "linux")]
pub fn membarrier() {
    use std::sync::Once;

    static REGISTERED: Once = Once::new();
    let call = |command: libc::c_int| {
        // SAFETY: the system call takes three integers and touches no memory of ours.
        let status = unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) };
        assert!(status == 0, "membarrier(2) is not available: {}", std::io::Error::last_os_error());
    };
    REGISTERED.call_once(|| call(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED));
    call(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

/// Makes every running thread of this process execute a full memory barrier.
///
/// # Panics
/// Always: only Linux has `membarrier(2)`.
#[cfg(not(target_os = "linux"))]
pub fn membarrier() {
    panic!("membarrier(2) is not available: it is a Linux system call");
}
