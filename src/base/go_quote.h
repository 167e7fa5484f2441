// Text in double quotes as Go writes and reads it. Kubernetes, Prometheus, Loki and Tempo quote values so in
// their messages, labels and query languages, and clients compare them to the letter.
#pragma once

#include <string>
#include <string_view>

namespace aloft {

// Go's %q and strconv.Quote: escapes for quotes, backslashes, what does not print and bytes that are no UTF-8
// (\xNN). Code points that Unicode has not assigned yet are taken for printable, whatever the reader's
// version.
std::string go_quote(std::string_view text);

// What stands behind a backslash in a Go string: one of abfnrtv\, one of `quotes`, three octal digits, \xNN,
// \uNNNN or \UNNNNNNNN. `rest` begins there and ends up behind it. False when it is none of these or no
// character.
bool go_unescape(std::string_view& rest, std::string_view quotes, std::string& out);

}  // namespace aloft
