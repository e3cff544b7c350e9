#include <algorithm>

#include "core/apply_parts.h"
#include "core/booking.h"
#include "core/proposal.h"

namespace authd::core {

namespace {

// The life cycle that a request belongs to.
struct LifeCycle {
  std::optional<Message> named;  // the row of the id it is known by, unless that is its own
  MessageId key;
  std::optional<Authorization> authorization;  // nothing: it begins with this request
  bool closed_to_us = false;  // heard of before the card was known, and money has moved since
};

struct Facts {
  Parties parties;
  std::optional<Message> own;  // the request's own row: others have referred to it already
  bool is_anothers = false;    // the processor has approved it already, for another account
  LifeCycle life_cycle;
};

Result<void, StateFault> find_parties(const State& state, const Request& request,
                                      Parties& parties) {
  parties.program = state.program(request.program);
  if (parties.program == nullptr) return {};
  AUTHD_TRY(card, state.card(request.program, request.card));
  if (!card) return {};
  parties.card = card;
  AUTHD_TRY(account, state.account(card->account));
  parties.account = account;
  return {};
}

// A refund names the purchase it gives back, which has ended by then: it begins a life cycle of its
// own.
bool is_refund_of(const Request& request, const Authorization& named) noexcept {
  return request.kind == Kind::credit && named.closure != Closure::open;
}

// An authorization begun before its card was known gets the request's account, if no money has
// moved yet. False: it belongs to another account.
bool bind(Authorization& authorization, const Account& account, const CardToken& card,
          LifeCycle& life_cycle) noexcept {
  if (authorization.account == account.id) {
    return authorization.currency == account.currency && authorization.card == card;
  }
  if (authorization.account != AccountId{}) return false;
  life_cycle.closed_to_us = authorization.cleared_minor != 0 || authorization.credited_minor != 0 ||
                            authorization.currency != account.currency ||
                            standing(authorization) != Standing{};
  if (life_cycle.closed_to_us) return true;
  authorization.account = account.id;
  authorization.card = card;
  return true;
}

Result<void, StateFault> find_life_cycle(const State& state, const Request& request, Facts& facts) {
  LifeCycle& life_cycle = facts.life_cycle;
  life_cycle.key = request.authorization.empty() ? request.message : request.authorization;
  if (life_cycle.key != request.message) {
    AUTHD_TRY(named, state.message(request.program, life_cycle.key));
    life_cycle.named = named;
  }
  AuthorizationId id = facts.own ? facts.own->authorization : AuthorizationId{};
  const bool is_named = id == AuthorizationId{} && life_cycle.named;
  if (is_named) id = life_cycle.named->authorization;
  if (id == AuthorizationId{}) return {};

  AUTHD_TRY(authorization, state.authorization(id));
  if (!authorization) return Unexpected{StateFault::corrupt};
  const bool is_bound = !facts.parties.account ||
                        bind(*authorization, *facts.parties.account, request.card, life_cycle);
  if (!is_bound || (is_named && is_refund_of(request, *authorization))) {
    life_cycle.key = request.message;  // another account's, or a refund: it begins its own
    life_cycle.named.reset();
    life_cycle.closed_to_us = false;
    if (facts.own && facts.own->notice == Message::Notice::none) facts.own->authorization = {};
    facts.is_anothers = facts.own && facts.own->approved_minor > 0 &&
                        authorization->account != facts.parties.account->id;
    return {};
  }
  life_cycle.authorization = authorization;
  return {};
}

bool same_message(const Request& request, const Message& stored) noexcept {
  return request.card == stored.card && request.kind == stored.kind &&
         request.amount == stored.amount;
}

// Whether the processor has approved a debit under this id, and this is a credit, or the reverse.
bool speaks_of_other_money(const Request& request, const Message& stored) noexcept {
  return stored.approved_minor > 0 &&
         (stored.kind == Kind::credit) != (request.kind == Kind::credit);
}

Answer answer_again(const Request& request, const Message& stored) {
  if (same_message(request, stored)) {
    return {Answer::Origin::repeated, stored.decision, stored.authorization, stored.decided_at};
  }
  return {Answer::Origin::refused,
          {Reason::message_conflict, {0, request.amount.currency}, {}},
          {},
          stored.decided_at};
}

Reason card_refusal(const Card& card, Timestamp now) noexcept {
  if (card.status == CardStatus::closed) return Reason::card_closed;
  if (card.status == CardStatus::frozen) return Reason::card_frozen;
  if (card.status == CardStatus::inactive) return Reason::card_inactive;
  if (now < card.active_from) return Reason::card_not_yet_active;
  if (now >= card.expires_at) return Reason::card_expired;
  return Reason::approved;
}

Reason account_refusal(const Account& account, KycPolicy policy, Kind kind) noexcept {
  if (account.status == AccountStatus::closed) return Reason::account_closed;
  if (account.status == AccountStatus::frozen) return Reason::account_frozen;
  if (kind == Kind::balance_inquiry || satisfies(account.kyc, policy)) return Reason::approved;
  return Reason::holder_not_verified;
}

// What can be said before controls and money are looked at.
Reason refusal(const Request& request, const Facts& facts, Timestamp now) noexcept {
  if (facts.parties.program == nullptr) return Reason::program_unknown;
  if (!facts.parties.card) return Reason::card_unknown;
  const Reason of_card = card_refusal(*facts.parties.card, now);
  if (of_card != Reason::approved) return of_card;
  if (!facts.parties.account) return Reason::account_unknown;
  const Account& account = *facts.parties.account;
  const Reason of_account = account_refusal(account, facts.parties.program->kyc, request.kind);
  if (of_account != Reason::approved) return of_account;
  if (request.amount.currency != account.currency) return Reason::currency_mismatch;
  if (request.kind == Kind::unsupported) return Reason::kind_not_supported;
  const LifeCycle& life_cycle = facts.life_cycle;
  const bool closed =
      life_cycle.closed_to_us ||
      (life_cycle.authorization && life_cycle.authorization->closure != Closure::open);
  return closed ? Reason::authorization_closed : Reason::approved;
}

Reason circumstances(const Request& request, const Program& program, std::int64_t approved_minor,
                     const Moment& moment) noexcept {
  if (approved_minor > 0) {
    for (const ExposureLimit& limit : program.exposure_limits) {
      if (limit.currency != request.amount.currency) continue;
      const auto exposure = checked_add(moment.exposure_minor, approved_minor);
      if (!exposure || *exposure > limit.minor_units) return Reason::exposure_limit;
    }
  }
  if (program.mirror_age_max_us && moment.mirror_age_us > *program.mirror_age_max_us) {
    return Reason::stale_state;
  }
  return Reason::approved;
}

// The request under decision, and what comes out.
class Deciding {
 public:
  Deciding(const State& state, const Request& request, const Moment& moment, Facts facts,
           Applied& applied)
      : state_(state),
        request_(request),
        moment_(moment),
        facts_(std::move(facts)),
        applied_(applied) {}

  Result<void, StateFault> run() {
    begin_message();
    AUTHD_TRY(reason, decide());
    if (reason != Reason::approved) approved_minor_ = 0;
    decision_.reason = reason;
    decision_.approved = {approved_minor_, request_.amount.currency};
    if (reason == Reason::approved && moves_money_) AUTHD_TRY_VOID(reserve());
    if (reason != Reason::too_late) decision_.balance = balance();
    return finish();
  }

 private:
  void begin_message() {
    if (facts_.own) message_ = *facts_.own;
    message_.program = request_.program;
    message_.id = request_.message;
    message_.decided = true;
    message_.card = request_.card;
    message_.kind = request_.kind;
    message_.amount = request_.amount;
    message_.decided_at = moment_.at;
    applied_.explanation.before = balance();
  }

  Balance balance() const noexcept {
    if (!facts_.parties.account) return {};
    const Account& account = *facts_.parties.account;
    return {account.posted_minor, account.available_minor().value_or(0)};
  }

  Result<Reason, StateFault> decide() {
    if (moment_.past_deadline) return Reason::too_late;
    if (message_.notice == Message::Notice::declined) return Reason::authorization_closed;
    if (message_.notice == Message::Notice::approved) {
      approved_minor_ = std::min(request_.amount.minor_units, message_.approved_minor);
      return Reason::approved;  // the processor has decided: the money is held already
    }
    const Reason early = refusal(request_, facts_, moment_.at);
    if (early != Reason::approved) return early;
    approved_minor_ = request_.amount.minor_units;
    const bool debit = is_debit(request_.kind);
    moves_money_ = (debit || request_.kind == Kind::credit) && approved_minor_ > 0;

    proposal_ = propose(request_, message_, *facts_.parties.program, authorization());
    AUTHD_TRY(controls, evaluate_controls());
    if (controls != Reason::approved || !debit) return money_free(controls);
    if (!proposal_) return Reason::sum_out_of_range;
    bool in_full = true;
    approved_minor_ = approvable(request_, message_, facts_.parties, *proposal_, in_full);
    if (approved_minor_ == 0 && request_.amount.minor_units > 0) return Reason::insufficient_funds;
    if (!in_full) proposal_->extra_minor = 0;
    return circumstances(request_, *facts_.parties.program, approved_minor_, moment_);
  }

  Reason money_free(Reason controls) const noexcept {
    if (controls != Reason::approved) return controls;
    return moves_money_ && !proposal_ ? Reason::sum_out_of_range : Reason::approved;
  }

  Result<Reason, StateFault> evaluate_controls() {
    AUTHD_TRY(spending, Spending::load(state_, facts_.parties));
    const std::int64_t before = proposal_ ? proposal_->course.stood.counted_minor : 0;
    const std::int64_t after = proposal_ ? proposal_->after.counted_minor
                                         : std::max<std::int64_t>(before, approved_minor_);
    AUTHD_TRY(reason, spending.evaluate(request_, before, after, moment_.at, applied_.explanation));
    locks_ = is_debit(request_.kind) && facts_.parties.card->locked_to.empty() &&
             !request_.details.merchant.id.empty() &&
             spending.locks_to_merchant(request_.kind, request_.details);
    return reason;
  }

  // As it stands before the request.
  Authorization authorization() const {
    if (facts_.life_cycle.authorization) return *facts_.life_cycle.authorization;
    return begin_authorization(request_.program, facts_.life_cycle.key, request_.card,
                               facts_.parties, request_.amount.currency, moment_);
  }

  Result<void, StateFault> reserve() {
    Course& course = proposal_->course;
    course.after = course.before;
    const bool fits = give_share(course.after, message_, approved_minor_);
    AUTHD_ASSERT(fits);  // propose() has tried more than this
    course.after.extra_minor += proposal_->extra_minor;
    if (!facts_.life_cycle.authorization) course.before.due_slot = -1;  // its row is new
    if (locks_) {
      facts_.parties.card->locked_to = request_.details.merchant.id;
      applied_.rows.emplace_back(*facts_.parties.card);
    }
    Booking booking;
    AUTHD_TRY(booked, book(state_, facts_.parties, course, {0, request_.kind, &request_.details},
                           moment_, booking, applied_.rows));
    if (!booked) {
      applied_.rows.clear();
      message_.approved_minor = facts_.own ? facts_.own->approved_minor : 0;
      decision_.reason = Reason::sum_out_of_range;
      decision_.approved.minor_units = 0;
      return {};
    }
    const Account& account = *facts_.parties.account;
    AUTHD_ASSERT(booking.held_minor <= 0 || account.available_minor().value_or(-1) >= 0);
    message_.authorization = course.after.id;
    applied_.explanation.extra_hold_minor = proposal_->extra_minor;
    return {};
  }

  Result<void, StateFault> finish() {
    LifeCycle& life_cycle = facts_.life_cycle;
    if (message_.authorization == AuthorizationId{} && life_cycle.authorization) {
      message_.authorization = life_cycle.authorization->id;
    }
    message_.decision = decision_;
    applied_.rows.emplace_back(message_);
    point_life_cycle();
    applied_.outcome =
        Answer{Answer::Origin::decided, decision_, message_.authorization, moment_.at};
    return {};
  }

  // The id by which the life cycle is known leads to its authorization, too.
  void point_life_cycle() {
    LifeCycle& life_cycle = facts_.life_cycle;
    if (life_cycle.key == request_.message || message_.authorization == AuthorizationId{}) return;
    Message named = life_cycle.named.value_or(Message{});
    if (named.authorization != AuthorizationId{}) return;
    named.program = request_.program;
    named.id = life_cycle.key;
    named.authorization = message_.authorization;
    applied_.rows.emplace_back(named);
  }

  const State& state_;
  const Request& request_;
  const Moment& moment_;
  Facts facts_;
  Applied& applied_;

  Message message_;
  Decision decision_;
  std::optional<Proposal> proposal_;
  std::int64_t approved_minor_ = 0;
  bool moves_money_ = false;
  bool locks_ = false;
};

}  // namespace

Result<void, StateFault> apply_request(const State& state, const Request& request,
                                       const Moment& moment, Applied& applied) {
  AUTHD_ASSERT(request.amount.minor_units >= 0);  // adapters refuse negative amounts
  AUTHD_ASSERT(0 <= request.cash_back_minor &&
               request.cash_back_minor <= request.amount.minor_units);
  Facts facts;
  AUTHD_TRY(stored, state.message(request.program, request.message));
  if (stored && stored->decided) {
    applied.outcome = answer_again(request, *stored);
    return {};
  }
  if (stored && speaks_of_other_money(request, *stored)) {
    applied.outcome = answer_again(request, *stored);
    return {};
  }
  facts.own = stored;
  AUTHD_TRY_VOID(find_parties(state, request, facts.parties));
  AUTHD_TRY_VOID(find_life_cycle(state, request, facts));
  if (facts.is_anothers) {
    applied.outcome = answer_again(request, *stored);
    return {};
  }
  return Deciding(state, request, moment, std::move(facts), applied).run();
}

}  // namespace authd::core
