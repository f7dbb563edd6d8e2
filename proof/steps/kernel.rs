//! A kernel, or a file system, on which every file has a name. There are many of these.

use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter, sock_fprog};

/// From here on this process can't create a file without a name.
pub fn refuse_unnamed_files() {
    const CALL: u32 = 0; // the place of the system call's number in `struct seccomp_data`
    const FLAGS: u32 = 16 + 2 * 8; // the place of the lower half of the call's third argument
    const ONLY_TMPFILE: u32 = (libc::O_TMPFILE & !libc::O_DIRECTORY).cast_unsigned();
    const REFUSED: u32 = libc::SECCOMP_RET_ERRNO | libc::EOPNOTSUPP.cast_unsigned();

    let step = |code: u32, k: u32, jt: u8, jf: u8| sock_filter { code: u16::try_from(code).unwrap(), jt, jf, k };
    let mut filter = [
        step(BPF_LD | BPF_W | BPF_ABS, CALL, 0, 0),
        step(BPF_JMP | BPF_JEQ | BPF_K, u32::try_from(libc::SYS_openat).unwrap(), 0, 3),
        step(BPF_LD | BPF_W | BPF_ABS, FLAGS, 0, 0),
        step(BPF_JMP | BPF_JSET | BPF_K, ONLY_TMPFILE, 0, 1),
        step(BPF_RET | BPF_K, REFUSED, 0, 0),
        step(BPF_RET | BPF_K, libc::SECCOMP_RET_ALLOW, 0, 0),
    ];
    let program = sock_fprog { len: u16::try_from(filter.len()).unwrap(), filter: filter.as_mut_ptr() };
    // SAFETY: the calls only read the program, which is complete and outlives them.
    let filtered = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) == 0
    };
    assert!(filtered, "seccomp: {}", std::io::Error::last_os_error());
}
