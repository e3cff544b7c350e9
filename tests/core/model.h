// Model: a second opinion on every decision and booking, written from the headers of core/ and
// nothing else.
//
// It keeps all that was ever said and computes each answer from that again: limits by looping over
// everything counted, balances by adding up every life cycle. It has no rows, no calendar of
// expiries and no tallies; only the resolution of rolling windows and the merging of an
// authorization's takes are reproduced, because they are promised.

#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "tests/core/naive_calendar.h"
#include "tests/core/naive_lifecycle.h"

namespace authd::core::test {

class Model {
 public:
  struct Prediction {
    Outcome outcome;
    Explanation explanation;
  };

  // What must come out of the command, which is remembered. Not for ExpireNext: see expire().
  Prediction apply(const Command& command, const Moment& moment);

  // What must come out of the expiry of this authorization. Nothing when it must not expire now.
  std::optional<Booking> expire(AuthorizationId id, Timestamp now);
  // How many authorizations should have expired by now and have not.
  std::size_t overdue(Timestamp now) const;

  struct Totals {
    std::int64_t posted_minor = 0;
    std::int64_t held_minor = 0;
    std::int64_t pending_credit_minor = 0;
    friend bool operator==(const Totals&, const Totals&) = default;
  };
  Totals totals(AccountId account) const;

  const std::map<AuthorizationId, naive::Lifecycle>& lifecycles() const { return lifecycles_; }
  const std::map<AccountId, Account>& accounts() const { return accounts_; }

 private:
  using CardKey = std::pair<ProgramId, CardToken>;
  using MessageKey = std::pair<ProgramId, MessageId>;
  using OwnerKey = decltype(Owner::of);

  // A message id that was heard of.
  struct Heard {
    AuthorizationId authorization;
    bool decided = false;
    CardToken card;
    Kind kind = Kind::purchase;
    Money amount;
    Decision decision;
    Timestamp decided_at;
    Message::Notice notice = Message::Notice::none;
  };
  // A transfer and every status it has had, one after the other.
  struct Journey {
    MoveMoney move;
    std::vector<TransferStatus> went;
    Reason reason = Reason::approved;
    Timestamp requested_at;
    Timestamp changed_at;
    Sequence begun_by;
  };
  struct Noticed {
    EventKind kind = EventKind::cleared;
    Money amount;
  };

  // Something counted (or, negative, given back) in the stretch that began at `begins_us`.
  struct Entry {
    std::int64_t begins_us = 0;
    naive::Wide minor = 0;
    std::int64_t count = 0;
  };

  // The facts around a request while its reasons are gone through.
  struct Inquiry {
    const Request& request;
    const Moment& moment;
    Explanation& explanation;
    const Program* program = nullptr;
    Card* card = nullptr;
    const Account* account = nullptr;
    const naive::Lifecycle* lifecycle = nullptr;  // the one it belongs to, if that exists
    bool ended = false;                           // nothing can be added to that one
    bool apart = false;  // the one it refers to is another account's: it begins its own
    std::int64_t approved = 0;
    std::int64_t extra = 0;
  };

  // Requests: model.cc.
  Prediction ask(const Request& request, const Moment& moment);
  bool is_other_money(const Request& request, const Heard& heard) const;
  Reason reason_of(Inquiry& inquiry, const Heard* heard);
  void find_parties(Inquiry& inquiry);
  Reason status_reason(const Inquiry& inquiry) const;
  void find_lifecycle(Inquiry& inquiry) const;
  Reason money_reason(Inquiry& inquiry) const;
  bool partially(Inquiry& inquiry) const;
  naive::Sums sums_if(const Inquiry& inquiry, std::int64_t approved, std::int64_t extra) const;
  naive::Wide held_change(const Inquiry& inquiry, const naive::Sums& after) const;
  std::int64_t extra_hold(const Inquiry& inquiry) const;
  AuthorizationId carry_out(Inquiry& inquiry);
  void link(const ProgramId& program, const MessageId& message, AuthorizationId authorization);

  // Events: model_events.cc.
  bool is_credit(const Event& event) const;
  Booking tell(const Event& event, const Moment& moment);
  Booking abandon(const Abandon& abandon, Timestamp now);
  AuthorizationId lifecycle_of(const Event& event) const;
  void remember(const Event& event, AuthorizationId authorization);
  Booking book(naive::Lifecycle& lifecycle, const naive::Fact& fact, const Event& event,
               Timestamp now);
  void extend(naive::Lifecycle& lifecycle, naive::Wide held_before, std::uint16_t mcc,
              Timestamp now) const;
  naive::Wide available(AccountId account) const;
  Balance balance(AccountId account) const;
  bool fits(AccountId account, const naive::Sums& before, const naive::Sums& after) const;
  static bool fits(const Account& terms, naive::Wide posted, naive::Wide held, naive::Wide pending);

  // Transfers: model_transfers.cc.
  Moved move(const MoveMoney& move, const Moment& moment);
  Moved advance(const AdvanceTransfer& advancing, Timestamp now);
  Reason reason_of(const MoveMoney& move) const;
  static Totals effect(const Journey& journey, AccountId account);
  static Transfer as_row(const Journey& journey);

  // Controls: model_controls.cc.
  Reason control_reason(Inquiry& inquiry) const;
  bool passes(const Inquiry& inquiry, const Control& control, Finding& finding) const;
  bool locks_to_merchant(const Request& request, AccountId account) const;
  bool within(const Inquiry& inquiry, const Control& control, const Limit& limit,
              Finding& finding) const;
  bool in_hours(const Hours& hours, const ProgramId& program, Timestamp now) const;
  void count(naive::Lifecycle& lifecycle, naive::Wide before, const CardToken& card, Kind kind,
             const Details& details, Timestamp now);
  void take(naive::Lifecycle& lifecycle, naive::Wide minor, bool first, const CardToken& card,
            Kind kind, const Details& details, Timestamp now);
  void give_back(const naive::Lifecycle& lifecycle, const naive::Taken& taken, naive::Wide minor,
                 bool all);
  struct Applicable {
    Level level = Level::program;
    const Control* control = nullptr;
  };
  // In the order of evaluation, whatever their filters say.
  std::vector<Applicable> controls_for(const ProgramId& program, AccountId account,
                                       const CardToken& card) const;
  const Control* control_of(CounterId counter) const;
  naive::Stretch stretch(const Window& window, const ProgramId& program, Timestamp at) const;
  static naive::Counter counter_of(const Control& control, const ProgramId& program,
                                   AccountId account, const CardToken& card);

  // What is set up: model_setup.cc.
  Setup set_up(const OpenAccount& open);
  Setup set_up(const IssueCard& issue);
  Setup set_up(const ChangeAccount& change);
  Setup set_up(const ChangeCard& change);
  Setup set_up(const SetControl& set, Sequence sequence);
  Setup set_up(const RemoveControl& remove);
  Setup set_up(const ConfigureProgram& configure);
  Setup set_up(const DefineZone& define);
  Setup set_up(const MirrorAccount& mirror);
  Setup set_up(const MirrorCard& mirror);
  Setup set_up(const MirrorControl& mirror);
  Setup set_up(const MirrorMark& mark);
  Setup remove(const Owner& owner, ControlId id);
  Setup take_terms(const Account& from);
  std::optional<Setup> unknown(const Owner& owner) const;
  std::optional<Setup> unfit(const Owner& owner, const Control& control) const;

  std::map<ProgramId, Program> programs_;
  std::map<ZoneName, TimeZone> zones_;
  std::map<AccountId, Account> accounts_;  // as opened and changed; sums are not kept here
  std::map<CardKey, Card> cards_;
  std::map<OwnerKey, std::vector<Control>> controls_;
  std::map<MessageKey, Heard> heard_;
  std::map<MessageKey, Noticed> noticed_;
  std::map<AuthorizationId, naive::Lifecycle> lifecycles_;
  std::map<MessageKey, Journey> journeys_;
  std::optional<MirrorMark> mark_;
  std::map<naive::Counter, std::vector<Entry>> entries_;
};

}  // namespace authd::core::test
