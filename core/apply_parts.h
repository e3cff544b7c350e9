// The parts of apply(), one a family of commands, and what they share.

#pragma once

#include "core/apply.h"

namespace authd::core {

Result<void, StateFault> apply_request(const State& state, const Request& request,
                                       const Moment& moment, Applied& applied);
Result<void, StateFault> apply_event(const State& state, const Event& event, const Moment& moment,
                                     Applied& applied);
Result<void, StateFault> apply_abandon(const State& state, const Abandon& abandon,
                                       const Moment& moment, Applied& applied);
Result<void, StateFault> apply_transfer(const State& state, const MoveMoney& move,
                                        const Moment& moment, Applied& applied);
Result<void, StateFault> apply_transfer(const State& state, const AdvanceTransfer& advancing,
                                        const Moment& moment, Applied& applied);
Result<Setup, StateFault> set_up(const State& state, const OpenAccount& command,
                                 const Moment& moment, std::vector<Row>& rows);
Result<Setup, StateFault> set_up(const State& state, const IssueCard& command, const Moment& moment,
                                 std::vector<Row>& rows);
Result<Setup, StateFault> set_up(const State& state, const ChangeAccount& command,
                                 const Moment& moment, std::vector<Row>& rows);
Result<Setup, StateFault> set_up(const State& state, const ChangeCard& command,
                                 const Moment& moment, std::vector<Row>& rows);
Result<Setup, StateFault> set_up(const State& state, const SetControl& command,
                                 const Moment& moment, std::vector<Row>& rows);
Result<Setup, StateFault> set_up(const State& state, const RemoveControl& command,
                                 const Moment& moment, std::vector<Row>& rows);
Result<Setup, StateFault> set_up(const State& state, const ConfigureProgram& command,
                                 const Moment& moment, std::vector<Row>& rows);
Result<Setup, StateFault> set_up(const State& state, const DefineZone& command,
                                 const Moment& moment, std::vector<Row>& rows);
Result<Setup, StateFault> set_up(const State& state, const MirrorAccount& command,
                                 const Moment& moment, std::vector<Row>& rows);
Result<Setup, StateFault> set_up(const State& state, const MirrorCard& command,
                                 const Moment& moment, std::vector<Row>& rows);
Result<Setup, StateFault> set_up(const State& state, const MirrorControl& command,
                                 const Moment& moment, std::vector<Row>& rows);
Result<Setup, StateFault> set_up(const State& state, const MirrorRemoval& command,
                                 const Moment& moment, std::vector<Row>& rows);
Result<Setup, StateFault> set_up(const State& state, const MirrorMark& command,
                                 const Moment& moment, std::vector<Row>& rows);

// The first end counts.
void close(Authorization& authorization, Closure closure) noexcept;

// Makes `minor` the message's share of what the authorization's messages have approved. False when
// a sum would leave int64.
bool share_of(Message& message, bool credit, std::int64_t minor,
              Authorization& authorization) noexcept;

// Applies an advice that came before anything was authorized, once something is.
bool settle_awaited_total(Authorization& authorization) noexcept;

}  // namespace authd::core
