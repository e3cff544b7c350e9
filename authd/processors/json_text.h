// Writing JSON into a string that the caller keeps: no allocation once it has grown.

#pragma once

#include <string>
#include <string_view>

namespace authd::processors {

// Appends `text`, valid UTF-8, as a JSON string: in quotes, with ", \ and control characters
// escaped.
void append_string(std::string& out, std::string_view text);

// Appends ,"key":"text" to an object that is not empty. `key` needs no escape.
void append_member(std::string& out, std::string_view key, std::string_view text);

}  // namespace authd::processors
