/* Preloaded into a process: makes its k-th call that changes files below a folder fail. Compiled by disk.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char below[4096];
static long calls, failing_call;
static int failure, for_good;

/* From here on, count; fail the `call`-th with `error`, and all after it too when `lasting`. 0 never fails. */
void faults_arm(const char *folder, long call, int error, int lasting) {
    pthread_mutex_lock(&guard);
    strncpy(below, folder, sizeof below - 1);
    calls = 0, failing_call = call, failure = error, for_good = lasting;
    pthread_mutex_unlock(&guard);
}

long faults_calls(void) { return calls; }

static int fails(const char *path) {
    if (!below[0] || !path || strncmp(path, below, strlen(below))) return 0;
    pthread_mutex_lock(&guard);
    calls++;
    int now = failing_call && (for_good ? calls >= failing_call : calls == failing_call);
    pthread_mutex_unlock(&guard);
    if (now) errno = failure;
    return now;
}

static int file_fails(int file) {
    char link[64], path[4096];
    if (!below[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return fails(path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ON_FILE(type, name, parameters, arguments) \
    type name parameters { return file_fails(file) ? -1 : REAL(name) arguments; }

ON_FILE(ssize_t, write, (int file, const void *data, size_t size), (file, data, size))
ON_FILE(ssize_t, pwrite, (int file, const void *data, size_t size, off_t at), (file, data, size, at))
ON_FILE(ssize_t, pwrite64, (int file, const void *data, size_t size, off64_t at), (file, data, size, at))
ON_FILE(ssize_t, writev, (int file, const struct iovec *parts, int count), (file, parts, count))
ON_FILE(int, ftruncate, (int file, off_t size), (file, size))
ON_FILE(int, ftruncate64, (int file, off64_t size), (file, size))
ON_FILE(int, fsync, (int file), (file))
ON_FILE(int, fdatasync, (int file), (file))

int rename(const char *from, const char *to) { return fails(to) ? -1 : REAL(rename)(from, to); }

int open64(const char *path, int how, ...) {
    va_list more;
    va_start(more, how);
    mode_t mode = (how & O_CREAT) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return (how & O_CREAT) && fails(path) ? -1 : REAL(open64)(path, how, mode);
}

int open(const char *path, int how, ...) {
    va_list more;
    va_start(more, how);
    mode_t mode = (how & O_CREAT) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return (how & O_CREAT) && fails(path) ? -1 : REAL(open)(path, how, mode);
}
