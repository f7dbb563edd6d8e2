//! The calls that the standard library does not have, each on an open handle.

use std::fs::File;
use std::io;
use std::mem::{MaybeUninit, offset_of};
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::AsRawHandle;
use std::path::{Path, absolute};
use std::ptr::null_mut;

use windows_sys::Wdk::Storage::FileSystem::{FileFsDeviceInformation, NtQueryVolumeInformationFile};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_DISPOSITION_FLAG_DELETE, FILE_DISPOSITION_FLAG_POSIX_SEMANTICS,
    FILE_DISPOSITION_INFO, FILE_DISPOSITION_INFO_EX, FILE_ID_INFO, FILE_INFO_BY_HANDLE_CLASS, FILE_RENAME_INFO,
    FileDispositionInfo, FileDispositionInfoEx, FileIdInfo, FileRenameInfo, GetFileInformationByHandle,
    GetFileInformationByHandleEx, GetVolumeInformationByHandleW, SetFileInformationByHandle,
};
use windows_sys::Win32::System::IO::IO_STATUS_BLOCK;

/// What distinguishes a file from the others on its volume, whatever its names. An id is only compared with a later id of the same path, so the
/// volume is left out.
pub type FileId = u128;

/// `FILE_REMOTE_DEVICE`: the file system is another machine's.
const REMOTE: u32 = 0x10;

/// The file systems whose file ids don't depend on the names. Microsoft's FAT derives an id from the place of the name.
const STABLE: [&str; 2] = ["NTFS", "ReFS"];

pub fn information(file: &File) -> io::Result<BY_HANDLE_FILE_INFORMATION> {
    let mut info = MaybeUninit::uninit();
    // SAFETY: the handle is open as long as `file` is borrowed, and the buffer has the size that the call fills.
    done(unsafe { GetFileInformationByHandle(file.as_raw_handle(), info.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so it has filled the whole buffer.
    Ok(unsafe { info.assume_init() })
}

/// The file's id. It has 128 bits if the file system has so many. On `ReFS` the 64 bits in `info` need not distinguish files.
pub fn id(file: &File, info: &BY_HANDLE_FILE_INFORMATION) -> FileId {
    let mut id = FILE_ID_INFO::default();
    // SAFETY: the handle is open as long as `file` is borrowed, and the buffer has the size that the call is given.
    let asked = done(unsafe {
        GetFileInformationByHandleEx(file.as_raw_handle(), FileIdInfo, (&raw mut id).cast(), size::<FILE_ID_INFO>())
    });
    match asked {
        Ok(()) => u128::from_le_bytes(id.FileId.Identifier),
        Err(_) => u128::from(info.nFileIndexHigh) << 32 | u128::from(info.nFileIndexLow),
    }
}

/// Whether the file is on a disk of this machine, and its file system is known to keep a file's id.
pub fn has_stable_id(file: &File) -> io::Result<bool> {
    let mut name = [0u16; 64];
    #[expect(clippy::cast_possible_truncation, reason = "64")]
    let len = name.len() as u32;
    // SAFETY: the handle is open as long as `file` is borrowed. All but the last buffer are left out, and its length is the array's.
    done(unsafe {
        GetVolumeInformationByHandleW(
            file.as_raw_handle(),
            null_mut(),
            0,
            null_mut(),
            null_mut(),
            null_mut(),
            name.as_mut_ptr(),
            len,
        )
    })?;
    let name = String::from_utf16_lossy(name.split(|&unit| unit == 0).next().unwrap_or_default());
    Ok(STABLE.contains(&&*name) && !is_remote(file)?)
}

fn is_remote(file: &File) -> io::Result<bool> {
    // `FILE_FS_DEVICE_INFORMATION`: the kind of device, and its characteristics.
    let mut device = [0u32; 2];
    let mut status = IO_STATUS_BLOCK::default();
    // SAFETY: the handle is open as long as `file` is borrowed, and the buffer has the size that the call is given.
    let asked = unsafe {
        NtQueryVolumeInformationFile(
            file.as_raw_handle(),
            &raw mut status,
            device.as_mut_ptr().cast(),
            size::<[u32; 2]>(),
            FileFsDeviceInformation,
        )
    };
    if asked < 0 { Err(io::ErrorKind::Unsupported.into()) } else { Ok(device[1] & REMOTE != 0) }
}

/// Deletes the file. With POSIX semantics the name is gone when this handle is closed. On file systems without them it is gone once everybody who is
/// reading the file has closed it, too.
pub fn delete(file: &File) -> io::Result<()> {
    let flags = FILE_DISPOSITION_FLAG_DELETE | FILE_DISPOSITION_FLAG_POSIX_SEMANTICS;
    set(file, FileDispositionInfoEx, &FILE_DISPOSITION_INFO_EX { Flags: flags })
        .or_else(|_| set(file, FileDispositionInfo, &FILE_DISPOSITION_INFO { DeleteFile: true }))
}

/// Renames the file, but over no other file.
pub fn rename(file: &File, to: &Path) -> io::Result<()> {
    let name: Vec<u16> = absolute(to)?.as_os_str().encode_wide().chain([0]).collect();
    let start = offset_of!(FILE_RENAME_INFO, FileName);
    let bytes = start + size_of_val(&*name);
    // Of numbers that are aligned as the structure is.
    let mut buffer = vec![0u64; bytes.div_ceil(size_of::<u64>())];
    let info = buffer.as_mut_ptr().cast::<FILE_RENAME_INFO>();
    #[expect(clippy::cast_possible_truncation, reason = "a path is no longer than 65,535 bytes")]
    let (bytes, length) = (bytes as u32, size_of_val(&name[..name.len() - 1]) as u32);
    // SAFETY: the buffer is aligned, and large enough for the structure with the name behind it. All else stays zero: no other file is replaced,
    // and the name is an absolute path.
    unsafe {
        (&raw mut (*info).FileNameLength).write(length);
        (&raw mut (*info).FileName).cast::<u16>().copy_from_nonoverlapping(name.as_ptr(), name.len());
    }
    // SAFETY: the handle is open as long as `file` is borrowed, and the call reads `bytes` bytes, which the buffer has.
    done(unsafe { SetFileInformationByHandle(file.as_raw_handle(), FileRenameInfo, info.cast(), bytes) })
}

/// `info` must be of the type that belongs to `class`.
fn set<T>(file: &File, class: FILE_INFO_BY_HANDLE_CLASS, info: &T) -> io::Result<()> {
    // SAFETY: the handle is open as long as `file` is borrowed, and the call reads the size of `info` from it.
    done(unsafe { SetFileInformationByHandle(file.as_raw_handle(), class, (&raw const *info).cast(), size::<T>()) })
}

#[expect(clippy::cast_possible_truncation, reason = "a few bytes")]
fn size<T>() -> u32 {
    size_of::<T>() as u32
}

fn done(result: i32) -> io::Result<()> {
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
