// SPDX-License-Identifier: Apache-2.0
#include "base/member_path.h"

#include <errno.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

static int read_element(struct member_path *path, struct member *ret)
{
	uint64_t index = 0;

	path->at++;
	if (path->at == path->end || !is_digit(*path->at))
		return -EINVAL;
	for (; path->at < path->end && is_digit(*path->at); path->at++)
		index = index > UINT32_MAX ? index : index * 10 + (uint64_t)(*path->at - '0');
	if (path->at == path->end || *path->at != ']')
		return -EINVAL;
	path->at++;
	ret->is_element = true;
	ret->index = index;
	return 1;
}

static int read_name(struct member_path *path)
{
	const char *from = path->at;

	while (path->at < path->end && is_name(*path->at))
		path->at++;
	return path->at > from ? 1 : -EINVAL;
}

int member_path_next(struct member_path *path, struct member *ret)
{
	bool is_element;
	int r;

	if (path->begun && path->at == path->end)
		return 0;
	is_element = path->at < path->end && *path->at == '[';
	if (path->begun && !is_element && *path->at++ != '.') {
		path->at--;
		return -EINVAL;
	}
	path->begun = true;
	*ret = (struct member){.text = path->at};
	r = is_element ? read_element(path, ret) : read_name(path);
	ret->len = (size_t)(path->at - ret->text);
	return r;
}
