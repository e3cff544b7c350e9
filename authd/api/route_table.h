// RouteTable: which handler a method and a path name.
//
// Threads: any, once built. Cost: O(routes), without allocation except for the parameters.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "authd/api/call.h"

namespace authd::api {

class RouteTable {
 public:
  // A path that cannot be read or an operation that is there twice is a programming error.
  explicit RouteTable(std::vector<Resource> resources);

  struct Match {
    const Route* route = nullptr;  // null: no such path, or not with this method
    std::vector<PathValue> path;
    std::string allowed;  // "GET, HEAD": what the path takes; empty: there is no such path
  };
  // HEAD is served as GET.
  Match find(net::Method method, std::string_view path) const;

  struct Described {
    net::Method method;
    std::string path;  // as the document writes it: without types
    std::string_view operation;
    Scope scope;
  };
  std::vector<Described> describe() const;

 private:
  enum class Kind : std::uint8_t { literal = 1, id = 2, token = 3 };
  struct Segment {
    Kind kind;
    std::string_view text;  // of the literal, or the parameter's name
  };
  struct Entry {
    Route route;
    std::vector<Segment> segments;
  };

  static std::vector<Segment> parse(std::string_view path);
  static bool take(const Segment& segment, std::string_view text, std::vector<PathValue>& values);
  static bool matches(const Entry& entry, std::string_view path, std::vector<PathValue>& values);

  std::vector<Entry> entries_;
};

}  // namespace authd::api
