// Result: a value or the error that prevented it, never ignored.
//
// Has the member names of C++23's std::expected, which GCC 12 and clang 14 do not offer in C++20,
// and is nodiscard as a type, which boost::system::result 1.81 is not. Reading the alternative that
// is not there is a programming error.

#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/assert.h"

namespace authd::core {

template <class E>
struct Unexpected {
  E error;
};
template <class E>
Unexpected(E) -> Unexpected<E>;

template <class T, class E>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = E;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  template <class F>
  requires std::is_constructible_v<E, F> Result(Unexpected<F> unexpected)
      : state_(std::in_place_index<1>, std::move(unexpected.error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & noexcept { return *get(); }
  const T& value() const& noexcept { return *get(); }
  T&& value() && noexcept { return std::move(*get()); }
  T& operator*() & noexcept { return *get(); }
  const T& operator*() const& noexcept { return *get(); }
  T&& operator*() && noexcept { return std::move(*get()); }
  T* operator->() noexcept { return get(); }
  const T* operator->() const noexcept { return get(); }

  const E& error() const noexcept {
    AUTHD_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  T* get() noexcept {
    AUTHD_ASSERT(has_value());
    return std::get_if<0>(&state_);
  }
  const T* get() const noexcept {
    AUTHD_ASSERT(has_value());
    return std::get_if<0>(&state_);
  }

  std::variant<T, E> state_;
};

template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  using value_type = void;
  using error_type = E;

  Result() = default;
  template <class F>
  requires std::is_constructible_v<E, F> Result(Unexpected<F> unexpected)
      : error_(std::move(unexpected.error)) {}

  bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  const E& error() const noexcept {
    AUTHD_ASSERT(!has_value());
    return *error_;
  }

 private:
  std::optional<E> error_;
};

}  // namespace authd::core

// Leaves the enclosing function with the error of `result_expression`, or declares `name` as its
// value.
#define AUTHD_TRY(name, result_expression)                                                \
  auto name##_result = (result_expression);                                               \
  if (!name##_result) return ::authd::core::Unexpected{std::move(name##_result).error()}; \
  auto& name = *name##_result

// The same for a Result<void, E>.
#define AUTHD_TRY_VOID(result_expression)                                  \
  do {                                                                     \
    auto try_result = (result_expression);                                 \
    if (!try_result) return ::authd::core::Unexpected{try_result.error()}; \
  } while (false)
