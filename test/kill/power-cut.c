/*
 * A disk that loses power, for one process: preload it (LD_PRELOAD) and a copy is kept of what is durable below POWER_FOLDER.
 *
 * What counts as durable is what POSIX promises and no more: a file's bytes as they were at its last fsync or fdatasync,
 * a folder's names as they were at its last fsync. Kept below POWER_DURABLE, on the same file system:
 *   files/INODE    the bytes of a file when it was last synced
 *   folders/INODE  the names of a folder when it was last synced, a line each: INODE, a blank, the name
 *   unlinked/N     what was removed, so that no inode number is given out twice
 * power-cut.ts fills it before the process starts, and puts the folder back to it after the cut.
 *
 * POWER_CUT=N   the power goes (SIGKILL) just before the N-th operation on a file or folder below POWER_FOLDER
 * POWER_COUNT=F how many operations there were is appended to F at a normal end, and how many of them were syncs
 * POWER_FAIL=CALL,N,ERRNO,TIMES   the N-th CALL (write or sync) and the TIMES-1 after it fail with ERRNO, and do nothing
 *
 * Renames are not followed: neither SQLite nor the journal renames anything.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define REAL(result, name, ...) ((result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

enum call { WRITE, SYNC, OTHER };

static const char *folder, *durable, *count_file;
static long cut_at, fail_at, fail_times;
static int fail_errno;
static enum call fail_call = OTHER;
static atomic_long operations, syncs, writes, removals;

static void broken(const char *what) {
  perror(what);
  abort();
}

__attribute__((constructor)) static void begin(void) {
  char call[8] = "";
  folder = getenv("POWER_FOLDER");
  durable = getenv("POWER_DURABLE");
  count_file = getenv("POWER_COUNT");
  if (getenv("POWER_CUT")) cut_at = atol(getenv("POWER_CUT"));
  const char *fail = getenv("POWER_FAIL");
  if (fail && sscanf(fail, "%7[a-z],%ld,%d,%ld", call, &fail_at, &fail_errno, &fail_times) == 4)
    fail_call = strcmp(call, "sync") == 0 ? SYNC : WRITE;
  /* Programs that this process starts are not its disk. */
  unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void end(void) {
  FILE *out = count_file ? fopen(count_file, "a") : NULL;
  if (!out) return;
  fprintf(out, "{\"operations\":%ld,\"syncs\":%ld}\n", operations, syncs);
  fclose(out);
}

static int is_below(const char *path) {
  size_t length = folder ? strlen(folder) : 0;
  return length > 0 && strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int is_watched(int fd) {
  char link[64], path[PATH_BYTES];
  int before = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = folder ? readlink(link, path, sizeof path - 1) : -1;
  errno = before;
  if (length < 0) return 0;
  path[length] = 0;
  return is_below(path);
}

/* Counts an operation, cuts the power before it, or makes it fail: then the answer is -1. */
static int about_to(enum call call) {
  if (++operations == cut_at) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  long nth = call == SYNC ? ++syncs : call == WRITE ? ++writes : 0;
  if (call == OTHER || call != fail_call || nth < fail_at || nth >= fail_at + fail_times) return 0;
  errno = fail_errno;
  return -1;
}

static int kept(const char *kind, unsigned long long name) {
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s/%s/%llu", durable, kind, name);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) broken(path);
  return fd;
}

static void put(int fd, const void *bytes, size_t length) {
  if (REAL(ssize_t, write, int, const void *, size_t)(fd, bytes, length) != (ssize_t)length) broken("power-cut");
}

static void keep_bytes(int fd, unsigned long long inode) {
  char buffer[65536], self[64];
  ssize_t length;
  /* The file may be open for writing only. */
  snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
  int in = open(self, O_RDONLY), out = kept("files", inode);
  if (in < 0) broken("power-cut: a file that was removed was synced");
  while ((length = read(in, buffer, sizeof buffer)) > 0) put(out, buffer, length);
  close(in);
  close(out);
}

static void keep_names(int fd, unsigned long long inode) {
  char line[PATH_BYTES];
  struct dirent *entry;
  int out = kept("folders", inode);
  DIR *names = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY));
  if (!names) broken("power-cut");
  while ((entry = readdir(names))) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    put(out, line, snprintf(line, sizeof line, "%llu %s\n", (unsigned long long)entry->d_ino, entry->d_name));
  }
  closedir(names);
  close(out);
}

static int sync_file(int fd) {
  struct stat is;
  if (about_to(SYNC) < 0 || fstat(fd, &is) < 0) return -1;
  if (S_ISDIR(is.st_mode)) keep_names(fd, is.st_ino);
  else keep_bytes(fd, is.st_ino);
  return 0;
}

int fsync(int fd) { return is_watched(fd) ? sync_file(fd) : REAL(int, fsync, int)(fd); }
int fdatasync(int fd) { return is_watched(fd) ? sync_file(fd) : REAL(int, fdatasync, int)(fd); }

ssize_t write(int fd, const void *bytes, size_t length) {
  if (is_watched(fd) && about_to(WRITE) < 0) return -1;
  return REAL(ssize_t, write, int, const void *, size_t)(fd, bytes, length);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  if (is_watched(fd) && about_to(WRITE) < 0) return -1;
  return REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t)(fd, bytes, length, at);
}

int ftruncate64(int fd, off64_t length) {
  if (is_watched(fd) && about_to(OTHER) < 0) return -1;
  return REAL(int, ftruncate64, int, off64_t)(fd, length);
}

int unlink(const char *path) {
  if (is_below(path)) {
    char grave[PATH_BYTES];
    about_to(OTHER);
    snprintf(grave, sizeof grave, "%s/unlinked/%d-%ld", durable, getpid(), ++removals);
    if (link(path, grave) < 0 && errno != ENOENT) broken(grave);
  }
  return REAL(int, unlink, const char *)(path);
}
