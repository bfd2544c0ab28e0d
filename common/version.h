/*
 * The version, as --version prints it and as clients are told it, who so learn
 * of an upgrade. Semantic versioning, see CHANGELOG.md.
 */
#ifndef COMMON_VERSION_H
#define COMMON_VERSION_H

#define AJAXCHAT_VERSION "0.1.0"

#endif
