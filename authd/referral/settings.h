// Settings: how this daemon works on referral. What is earned by whom stands in the ledger, under
// /v1/referrals/programs: it is versioned, and the same for every daemon.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace authd::referral {

// The gateway that sends SMS: one HTTP request a message. In `body` and the values of `headers`
//
//   {phone}   the number, E.164
//   {text}    the message
//   {id}      ours, the same for every attempt of one message: "authd-17"
//
// stand for what is sent; in a body of JSON they are written between its quotes, with what JSON
// escapes, otherwise percent-encoded for application/x-www-form-urlencoded.
//
// 2xx is accepted. 408, 425, 429, 5xx and no answer are tried again; Retry-After, in seconds, is
// heeded. Everything else has failed for good.
struct GatewaySettings {
  std::string url;  // http or https
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string id_pointer;  // JSON pointer of the gateway's id in its answer; empty: there is none
  std::string ca;          // PEM file; empty: the authorities that the system believes
  bool allow_private = false;  // addresses of the machine and of private networks as well
  std::int32_t per_second = 10;
  std::int32_t attempts_max = 6;
  std::chrono::seconds retry_first{30};  // doubled by every attempt
  std::chrono::seconds retry_max{3'600};
  std::chrono::milliseconds timeout{10'000};  // of connecting, and of an answer
  std::int32_t erase_after_days = 30;  // the number and the text, counted from a message's end
};

struct Settings {
  std::int32_t batch_entries = 250;           // 100 to 1,000: of the ledger, in one transaction
  std::chrono::milliseconds look_every{500};  // for new entries, when there were none
  std::int32_t duty_percent = 20;          // 1 to 100: of the time that is worked on a backlog of
                                           // entries, where that keeps up (earnings/duty.h)
  std::int32_t payouts_at_once = 4;        // connections that pay
  std::optional<GatewaySettings> gateway;  // without it invitations stay queued
};

}  // namespace authd::referral
