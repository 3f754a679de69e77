/*
 * Preloaded under libcamera: answers /dev/udmabuf, which kernels of test machines lack, with the memory it is given,
 * and lays the file that KIOSK_VIRTUAL_CAMERA names in the place of libcamera's virtual.yaml. It changes no picture.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define VIRTUAL "/pipeline/virtual/virtual.yaml"

static const char *place(const char *path)
{
	const char *ours = getenv("KIOSK_VIRTUAL_CAMERA");
	size_t length = strlen(path), end = strlen(VIRTUAL);

	return ours && length >= end && !strcmp(path + length - end, VIRTUAL) ? ours : path;
}

int stat64(const char *path, struct stat64 *told)
{
	return REAL(stat64)(place(path), told);
}

int access(const char *path, int mode)
{
	return REAL(access)(place(path), mode);
}

int open64(const char *path, int flags, ...)
{
	va_list rest;
	mode_t mode;

	va_start(rest, flags);
	mode = va_arg(rest, mode_t);
	va_end(rest);
	if (!strcmp(path, "/dev/udmabuf"))
		return REAL(open64)("/dev/null", O_RDWR);
	return REAL(open64)(place(path), flags, mode);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list rest;
	void *argument;

	va_start(rest, request);
	argument = va_arg(rest, void *);
	va_end(rest);
	if (request == UDMABUF_CREATE)
		return dup(((struct udmabuf_create *)argument)->memfd);
	return REAL(ioctl)(fd, request, argument);
}
