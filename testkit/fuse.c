// A directory shown once more through FUSE, as virtiofs does it, lacking what network and VM-shared file systems lack:
//
//   fuse DIRECTORY MOUNTPOINT [-o link_error=ERRNO,flock_error=ERRNO,flock_lies,flock_local,misplaces_overwrites,cached=N,
//                                 record=FILE, or libfuse's own]
//
// With `link_error` there are no hard links; with `flock_error` kernel locks fail; with `flock_lies` they succeed and lock
// nothing; with `flock_local` they exclude only those who come through the same mount. With `misplaces_overwrites`, what is
// written inside a file is appended at its end instead, as some servers do that keep O_APPEND.
// `cached` is for how many seconds the kernel may believe what it knows of a file or a name: 1 by default, as by libfuse's.
// With `record`, every write and every sync goes into that file too, in the order in which they came: what a disk gets to
// see, if one of the files is a disk.

#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static struct {
	char *directory, *record;
	int link_error, flock_error, flock_lies, flock_local, misplaces_overwrites, cached;
} options = {.cached = 1};

static const struct fuse_opt known[] = {
	{"record=%s", offsetof(__typeof__(options), record), 0},
	{"link_error=%d", offsetof(__typeof__(options), link_error), 0},
	{"flock_error=%d", offsetof(__typeof__(options), flock_error), 0},
	{"flock_lies", offsetof(__typeof__(options), flock_lies), 1},
	{"flock_local", offsetof(__typeof__(options), flock_local), 1},
	{"misplaces_overwrites", offsetof(__typeof__(options), misplaces_overwrites), 1},
	{"cached=%d", offsetof(__typeof__(options), cached), 0},
	FUSE_OPT_END,
};

// A file that the kernel knows. It stays open, so that no other can get its number.
struct inode {
	struct inode *next;
	dev_t device;
	ino_t number;
	int descriptor;
	uint64_t lookups;
};

static struct inode root;
static struct inode *inodes[4096];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static struct inode *inode_of(fuse_ino_t ino) { return ino == FUSE_ROOT_ID ? &root : (struct inode *)ino; }

static int at(fuse_ino_t ino) { return inode_of(ino)->descriptor; }

// A name by which an inode can be opened again, whatever has become of its own.
struct name {
	char text[32];
};

static struct name name_of(fuse_ino_t ino) {
	struct name name;
	snprintf(name.text, sizeof name.text, "/proc/self/fd/%d", at(ino));
	return name;
}

static struct inode **slot(dev_t device, ino_t number) {
	struct inode **found = &inodes[number % (sizeof inodes / sizeof *inodes)];
	while (*found && ((*found)->device != device || (*found)->number != number)) found = &(*found)->next;
	return found;
}

static int find(fuse_ino_t parent, const char *name, struct fuse_entry_param *entry) {
	int descriptor = openat(at(parent), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	*entry = (struct fuse_entry_param){.attr_timeout = options.cached, .entry_timeout = options.cached};
	if (descriptor == -1) return errno;
	if (fstatat(descriptor, "", &entry->attr, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) == -1) {
		int error = errno;
		close(descriptor);
		return error;
	}
	pthread_mutex_lock(&mutex);
	struct inode **found = slot(entry->attr.st_dev, entry->attr.st_ino);
	if (*found) {
		close(descriptor);
	} else {
		*found = calloc(1, sizeof **found);
		if (!*found) abort();
		**found = (struct inode){NULL, entry->attr.st_dev, entry->attr.st_ino, descriptor, 0};
	}
	(*found)->lookups++;
	entry->ino = (fuse_ino_t)*found;
	pthread_mutex_unlock(&mutex);
	return 0;
}

static void forget(fuse_ino_t ino, uint64_t lookups) {
	if (ino == FUSE_ROOT_ID) return;
	struct inode *inode = inode_of(ino);
	pthread_mutex_lock(&mutex);
	inode->lookups -= lookups;
	if (inode->lookups == 0) {
		*slot(inode->device, inode->number) = inode->next;
		close(inode->descriptor);
		free(inode);
	}
	pthread_mutex_unlock(&mutex);
}

static void forget_one(fuse_req_t request, fuse_ino_t ino, uint64_t lookups) {
	forget(ino, lookups);
	fuse_reply_none(request);
}

static void forget_several(fuse_req_t request, size_t count, struct fuse_forget_data *several) {
	for (size_t index = 0; index < count; index++) forget(several[index].ino, several[index].nlookup);
	fuse_reply_none(request);
}

static void reply_entry(fuse_req_t request, fuse_ino_t parent, const char *name, int error) {
	struct fuse_entry_param entry;
	if (!error) error = find(parent, name, &entry);
	if (error) fuse_reply_err(request, error);
	else fuse_reply_entry(request, &entry);
}

static void look_up(fuse_req_t request, fuse_ino_t parent, const char *name) { reply_entry(request, parent, name, 0); }

static void reply(fuse_req_t request, int returned) { fuse_reply_err(request, returned == -1 ? errno : 0); }

static void get_attributes(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
	(void)file;
	struct stat stat;
	if (fstatat(at(ino), "", &stat, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) == -1) fuse_reply_err(request, errno);
	else fuse_reply_attr(request, &stat, options.cached);
}

static struct timespec time_to_set(int which, int now, int given, struct timespec time) {
	if (which & now) return (struct timespec){.tv_nsec = UTIME_NOW};
	return which & given ? time : (struct timespec){.tv_nsec = UTIME_OMIT};
}

static void set_attributes(fuse_req_t request, fuse_ino_t ino, struct stat *stat, int which, struct fuse_file_info *file) {
	struct name name = name_of(ino);
	int done = 0;
	if (which & FUSE_SET_ATTR_MODE) done = chmod(name.text, stat->st_mode);
	if (done == 0 && which & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) {
		uid_t user = which & FUSE_SET_ATTR_UID ? stat->st_uid : (uid_t)-1;
		gid_t group = which & FUSE_SET_ATTR_GID ? stat->st_gid : (gid_t)-1;
		done = fchownat(at(ino), "", user, group, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
	}
	if (done == 0 && which & FUSE_SET_ATTR_SIZE) done = truncate(name.text, stat->st_size);
	if (done == 0 && which & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME)) {
		struct timespec times[] = {
			time_to_set(which, FUSE_SET_ATTR_ATIME_NOW, FUSE_SET_ATTR_ATIME, stat->st_atim),
			time_to_set(which, FUSE_SET_ATTR_MTIME_NOW, FUSE_SET_ATTR_MTIME, stat->st_mtim),
		};
		done = utimensat(AT_FDCWD, name.text, times, 0);
	}
	if (done == -1) fuse_reply_err(request, errno);
	else get_attributes(request, ino, file);
}

static void read_link(fuse_req_t request, fuse_ino_t ino) {
	char target[4097];
	ssize_t length = readlinkat(at(ino), "", target, sizeof target - 1);
	if (length == -1) {
		fuse_reply_err(request, errno);
	} else {
		target[length] = '\0';
		fuse_reply_readlink(request, target);
	}
}

// What a caller makes is its own, not the server's.
static int made(fuse_req_t request, fuse_ino_t parent, const char *name, int returned) {
	const struct fuse_ctx *caller = fuse_req_ctx(request);
	if (returned == -1) return errno;
	return fchownat(at(parent), name, caller->uid, caller->gid, AT_SYMLINK_NOFOLLOW) == -1 ? errno : 0;
}

static void make_node(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, dev_t device) {
	reply_entry(request, parent, name, made(request, parent, name, mknodat(at(parent), name, mode, device)));
}

static void make_directory(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode) {
	reply_entry(request, parent, name, made(request, parent, name, mkdirat(at(parent), name, mode)));
}

static void make_symlink(fuse_req_t request, const char *target, fuse_ino_t parent, const char *name) {
	reply_entry(request, parent, name, made(request, parent, name, symlinkat(target, at(parent), name)));
}

static void make_link(fuse_req_t request, fuse_ino_t ino, fuse_ino_t parent, const char *name) {
	int error = options.link_error;
	if (!error && linkat(at(ino), "", at(parent), name, AT_EMPTY_PATH) == -1) error = errno;
	reply_entry(request, parent, name, error);
}

static void remove_name(fuse_req_t request, fuse_ino_t parent, const char *name) {
	reply(request, unlinkat(at(parent), name, 0));
}

static void remove_directory(fuse_req_t request, fuse_ino_t parent, const char *name) {
	reply(request, unlinkat(at(parent), name, AT_REMOVEDIR));
}

static void rename_to(fuse_req_t request, fuse_ino_t from, const char *old, fuse_ino_t to, const char *new, unsigned flags) {
	reply(request, renameat2(at(from), old, at(to), new, flags));
}

// The kernel gives each write its offset, which O_APPEND here would override.
static int openly(int flags) { return (flags & ~(O_APPEND | O_NOFOLLOW)) | O_CLOEXEC; }

static void open_file(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
	int descriptor = open(name_of(ino).text, openly(file->flags));
	if (descriptor == -1) {
		fuse_reply_err(request, errno);
		return;
	}
	file->fh = descriptor;
	fuse_reply_open(request, file);
}

static void create_file(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *file) {
	int descriptor = openat(at(parent), name, openly(file->flags) | O_CREAT, mode);
	struct fuse_entry_param entry;
	int error = made(request, parent, name, descriptor);
	if (!error) error = find(parent, name, &entry);
	if (error) {
		close(descriptor);
		fuse_reply_err(request, error);
		return;
	}
	file->fh = descriptor;
	fuse_reply_create(request, &entry, file);
}

static void read_file(fuse_req_t request, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *file) {
	(void)ino;
	char *buffer = malloc(size);
	ssize_t length = buffer ? pread(file->fh, buffer, size, offset) : -1;
	if (length == -1) fuse_reply_err(request, errno);
	else fuse_reply_buf(request, buffer, length);
	free(buffer);
}

// One record: a line "write INODE OFFSET LENGTH" and the bytes, or a line "sync INODE".
static FILE *record;

// Where a write lands that is for this offset.
static off_t landing(int descriptor, off_t offset) {
	struct stat stat;
	if (!options.misplaces_overwrites || fstat(descriptor, &stat) == -1) return offset;
	return offset < stat.st_size ? stat.st_size : offset;
}

static void write_file(fuse_req_t request, fuse_ino_t ino, const char *bytes, size_t size, off_t offset,
                       struct fuse_file_info *file) {
	if (record) pthread_mutex_lock(&mutex);
	offset = landing(file->fh, offset);
	ssize_t length = pwrite(file->fh, bytes, size, offset);
	int error = errno;
	if (record && length > 0) {
		fprintf(record, "write %ju %jd %zd\n", (uintmax_t)inode_of(ino)->number, (intmax_t)offset, length);
		fwrite(bytes, 1, length, record);
	}
	if (record) pthread_mutex_unlock(&mutex);
	if (length == -1) fuse_reply_err(request, error);
	else fuse_reply_write(request, length);
}

static void sync_file(fuse_req_t request, fuse_ino_t ino, int data_only, struct fuse_file_info *file) {
	if (record) {
		pthread_mutex_lock(&mutex);
		fprintf(record, "sync %ju\n", (uintmax_t)inode_of(ino)->number);
		pthread_mutex_unlock(&mutex);
	}
	reply(request, data_only ? fdatasync(file->fh) : fsync(file->fh));
}

static void lock_file(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file, int operation) {
	(void)ino;
	if (options.flock_error) fuse_reply_err(request, options.flock_error);
	else reply(request, options.flock_lies ? 0 : flock(file->fh, operation));
}

static void close_file(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
	(void)ino;
	reply(request, close(file->fh));
}

static void open_directory(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
	DIR *directory = opendir(name_of(ino).text);
	if (!directory) {
		fuse_reply_err(request, errno);
		return;
	}
	file->fh = (uintptr_t)directory;
	fuse_reply_open(request, file);
}

static void read_directory(fuse_req_t request, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *file) {
	(void)ino;
	DIR *directory = (DIR *)(uintptr_t)file->fh;
	char *buffer = malloc(size);
	size_t filled = 0;
	if (telldir(directory) != offset) seekdir(directory, offset);
	for (struct dirent *entry; buffer && (entry = readdir(directory));) {
		struct stat stat = {.st_ino = entry->d_ino, .st_mode = DTTOIF(entry->d_type)};
		size_t length = fuse_add_direntry(request, buffer + filled, size - filled, entry->d_name, &stat, entry->d_off);
		if (length > size - filled) break; // it did not fit: the next call begins with it
		filled += length;
	}
	fuse_reply_buf(request, buffer, filled);
	free(buffer);
}

static void close_directory(fuse_req_t request, fuse_ino_t ino, struct fuse_file_info *file) {
	(void)ino;
	reply(request, closedir((DIR *)(uintptr_t)file->fh));
}

static void about(fuse_req_t request, fuse_ino_t ino) {
	struct statvfs statvfs;
	if (fstatvfs(at(ino), &statvfs) == -1) fuse_reply_err(request, errno);
	else fuse_reply_statfs(request, &statvfs);
}

static struct fuse_lowlevel_ops operations = {
	.lookup = look_up,
	.forget = forget_one,
	.forget_multi = forget_several,
	.getattr = get_attributes,
	.setattr = set_attributes,
	.readlink = read_link,
	.mknod = make_node,
	.mkdir = make_directory,
	.symlink = make_symlink,
	.link = make_link,
	.unlink = remove_name,
	.rmdir = remove_directory,
	.rename = rename_to,
	.open = open_file,
	.create = create_file,
	.read = read_file,
	.write = write_file,
	.fsync = sync_file,
	.flock = lock_file,
	.release = close_file,
	.opendir = open_directory,
	.readdir = read_directory,
	.releasedir = close_directory,
	.statfs = about,
};

// The first argument that is no option is ours, the others libfuse's.
static int take(void *data, const char *argument, int key, struct fuse_args *arguments) {
	(void)data, (void)arguments;
	if (key != FUSE_OPT_KEY_NONOPT || options.directory) return 1;
	options.directory = strdup(argument);
	return 0;
}

int main(int count, char **words) {
	struct fuse_args arguments = FUSE_ARGS_INIT(count, words);
	struct fuse_cmdline_opts commandline;
	umask(0); // the kernel has applied the caller's
	if (fuse_opt_parse(&arguments, &options, known, take) || fuse_parse_cmdline(&arguments, &commandline)) return 2;
	root.descriptor = options.directory ? open(options.directory, O_PATH | O_DIRECTORY) : -1;
	if (options.record) record = fopen(options.record, "w");
	if (root.descriptor == -1 || (options.record && !record)) {
		perror(words[0]);
		return 1;
	}
	if (options.flock_local) operations.flock = NULL; // then the kernel keeps them to itself
	struct fuse_session *session = fuse_session_new(&arguments, &operations, sizeof operations, NULL);
	if (!session || fuse_set_signal_handlers(session) || fuse_session_mount(session, commandline.mountpoint)) return 1;
	fuse_daemonize(commandline.foreground);
	int failed = fuse_session_loop_mt(session, 0);
	fuse_session_unmount(session);
	return (record && fclose(record)) || failed;
}
