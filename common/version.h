/* The version that --version prints. Semantic versioning, see CHANGELOG.md. */
#ifndef COMMON_VERSION_H
#define COMMON_VERSION_H

#define AJAXCHAT_VERSION "0.1.0"

#endif
