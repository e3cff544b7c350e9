#include "tests/core/model.h"

#include <algorithm>

namespace authd::core::test {

using naive::Fact;
using naive::Lifecycle;
using naive::Sums;
using naive::Wide;

Model::Prediction Model::apply(const Command& command, const Moment& moment) {
  if (const auto* request = std::get_if<Request>(&command)) return ask(*request, moment);
  if (const auto* event = std::get_if<Event>(&command)) return {tell(*event, moment), {}};
  if (const auto* end = std::get_if<Abandon>(&command)) return {abandon(*end, moment.at), {}};
  if (const auto* set = std::get_if<SetControl>(&command)) {
    return {set_up(*set, moment.sequence), {}};
  }
  if (const auto* remove = std::get_if<RemoveControl>(&command)) return {set_up(*remove), {}};
  if (const auto* open = std::get_if<OpenAccount>(&command)) return {set_up(*open), {}};
  if (const auto* issue = std::get_if<IssueCard>(&command)) return {set_up(*issue), {}};
  if (const auto* change = std::get_if<ChangeAccount>(&command)) return {set_up(*change), {}};
  if (const auto* change = std::get_if<ChangeCard>(&command)) return {set_up(*change), {}};
  if (const auto* program = std::get_if<ConfigureProgram>(&command)) return {set_up(*program), {}};
  if (const auto* zone = std::get_if<DefineZone>(&command)) return {set_up(*zone), {}};
  if (const auto* transfer = std::get_if<MoveMoney>(&command)) return {move(*transfer, moment), {}};
  if (const auto* next = std::get_if<AdvanceTransfer>(&command)) {
    return {advance(*next, moment.at), {}};
  }
  if (const auto* mirror = std::get_if<MirrorAccount>(&command)) return {set_up(*mirror), {}};
  if (const auto* mirror = std::get_if<MirrorCard>(&command)) return {set_up(*mirror), {}};
  if (const auto* mirror = std::get_if<MirrorControl>(&command)) return {set_up(*mirror), {}};
  if (const auto* removal = std::get_if<MirrorRemoval>(&command)) {
    return {remove(removal->owner, removal->control), {}};
  }
  return {set_up(std::get<MirrorMark>(command)), {}};
}

Model::Prediction Model::ask(const Request& request, const Moment& moment) {
  Prediction prediction;
  Answer answer;
  const auto known = heard_.find({request.program, request.message});
  Heard* heard = known == heard_.end() ? nullptr : &known->second;
  if (heard != nullptr && (heard->decided || is_other_money(request, *heard))) {
    const bool same = heard->decided && heard->card == request.card &&
                      heard->kind == request.kind && heard->amount == request.amount;
    answer.origin = same ? Answer::Origin::repeated : Answer::Origin::refused;
    answer.decision = same ? heard->decision : Decision{Reason::message_conflict, {}, {}};
    answer.authorization = heard->authorization;
    answer.decided_at = heard->decided_at;
    return {answer, {}};
  }

  Inquiry inquiry{request, moment, prediction.explanation};
  const Reason reason = reason_of(inquiry, heard);
  answer.decided_at = moment.at;
  answer.decision.reason = reason;
  if (reason == Reason::approved) {
    answer.decision.approved = {inquiry.approved, request.amount.currency};
    answer.authorization = carry_out(inquiry);
    prediction.explanation.extra_hold_minor = inquiry.extra;
  } else if (heard != nullptr && heard->authorization.value != 0 &&
             (!inquiry.apart || heard->notice != Message::Notice::none)) {
    answer.authorization = heard->authorization;
  } else if (inquiry.lifecycle != nullptr) {
    answer.authorization = inquiry.lifecycle->id;
  }
  if (inquiry.account != nullptr && reason != Reason::too_late) {
    answer.decision.balance = balance(inquiry.account->id);
  }
  Heard& now_heard = heard_[{request.program, request.message}];
  now_heard = {answer.authorization, true,      request.card,    request.kind, request.amount,
               answer.decision,      moment.at, now_heard.notice};
  if (!inquiry.apart && answer.authorization.value != 0) {
    link(request.program, request.authorization, answer.authorization);
  }
  prediction.outcome = answer;
  return prediction;
}

// Whether a credit was approved under this id and this is a debit, or the reverse, or the money is
// another account's.
bool Model::is_other_money(const Request& request, const Heard& heard) const {
  if (heard.notice != Message::Notice::approved) return false;
  const Lifecycle& lifecycle = lifecycles_.at(heard.authorization);
  const naive::Share share = naive::share_of(lifecycle.facts, request.message);
  if (share.minor == 0) return false;
  if (share.credit != (request.kind == Kind::credit)) return true;
  const auto card = cards_.find({request.program, request.card});
  const bool known =
      programs_.contains(request.program) && card != cards_.end() && lifecycle.account.value != 0;
  return known && card->second.account != lifecycle.account;
}

void Model::find_parties(Inquiry& inquiry) {
  const auto program = programs_.find(inquiry.request.program);
  if (program == programs_.end()) return;
  inquiry.program = &program->second;
  const auto card = cards_.find({inquiry.request.program, inquiry.request.card});
  if (card == cards_.end()) return;
  inquiry.card = &card->second;
  const auto account = accounts_.find(card->second.account);
  if (account != accounts_.end()) inquiry.account = &account->second;
}

// The reasons in the order of their numbers.
Reason Model::reason_of(Inquiry& inquiry, const Heard* heard) {
  const Request& request = inquiry.request;
  find_parties(inquiry);
  const bool told = heard != nullptr && heard->notice != Message::Notice::none;
  if (inquiry.account != nullptr) {
    inquiry.explanation.before = balance(inquiry.account->id);
  }
  find_lifecycle(inquiry);
  if (inquiry.moment.past_deadline) return Reason::too_late;
  if (told && heard->notice == Message::Notice::declined) return Reason::authorization_closed;
  if (told) {
    const Lifecycle& lifecycle = lifecycles_.at(heard->authorization);
    inquiry.approved = std::min(request.amount.minor_units,
                                naive::share_of(lifecycle.facts, request.message).minor);
    return Reason::approved;
  }
  if (const Reason reason = status_reason(inquiry); reason != Reason::approved) return reason;
  if (request.kind == Kind::unsupported) return Reason::kind_not_supported;
  if (inquiry.ended) return Reason::authorization_closed;
  inquiry.approved = request.amount.minor_units;
  inquiry.extra = extra_hold(inquiry);
  if (const Reason reason = control_reason(inquiry); reason != Reason::approved) return reason;
  return money_reason(inquiry);
}

Reason Model::status_reason(const Inquiry& inquiry) const {
  if (inquiry.program == nullptr) return Reason::program_unknown;
  if (inquiry.card == nullptr) return Reason::card_unknown;
  const Card& card = *inquiry.card;
  if (card.status == CardStatus::closed) return Reason::card_closed;
  if (card.status == CardStatus::frozen) return Reason::card_frozen;
  if (card.status == CardStatus::inactive) return Reason::card_inactive;
  if (inquiry.moment.at < card.active_from) return Reason::card_not_yet_active;
  if (inquiry.moment.at >= card.expires_at) return Reason::card_expired;
  if (inquiry.account == nullptr) return Reason::account_unknown;
  if (inquiry.account->status == AccountStatus::closed) return Reason::account_closed;
  if (inquiry.account->status == AccountStatus::frozen) return Reason::account_frozen;
  const KycPolicy policy = inquiry.program->kyc;
  const Kyc kyc = inquiry.account->kyc;
  const bool turned_down = policy == KycPolicy::not_rejected && kyc == Kyc::rejected;
  const bool unchecked = policy == KycPolicy::verified && kyc != Kyc::verified;
  if ((turned_down || unchecked) && inquiry.request.kind != Kind::balance_inquiry) {
    return Reason::holder_not_verified;
  }
  if (inquiry.request.amount.currency != inquiry.account->currency) {
    return Reason::currency_mismatch;
  }
  return Reason::approved;
}

// The message's own row comes first, then the life cycle it refers to.
void Model::find_lifecycle(Inquiry& inquiry) const {
  const Request& request = inquiry.request;
  AuthorizationId id;
  for (const MessageId& name : {request.message, request.authorization}) {
    const auto heard = heard_.find({request.program, name});
    if (id.value == 0 && heard != heard_.end()) id = heard->second.authorization;
  }
  if (id.value == 0) return;
  const Lifecycle& lifecycle = lifecycles_.at(id);
  const bool suspense = lifecycle.account.value == 0;
  if (!suspense && inquiry.account != nullptr &&
      (lifecycle.account != inquiry.account->id || lifecycle.card != request.card)) {
    inquiry.apart = true;
    return;
  }
  const bool own = heard_.contains({request.program, request.message}) &&
                   heard_.at({request.program, request.message}).authorization.value != 0;
  if (!own && request.kind == Kind::credit && lifecycle.sums.closure != Closure::open) {
    inquiry.apart = true;  // a refund of a purchase that is over
    return;
  }
  inquiry.lifecycle = &lifecycle;
  inquiry.ended = lifecycle.sums.closure != Closure::open ||
                  (suspense && (lifecycle.sums.cleared != 0 || lifecycle.sums.credited != 0 ||
                                lifecycle.sums.counted() != 0 || lifecycle.sums.pending() != 0 ||
                                lifecycle.currency != request.amount.currency));
}

Reason Model::money_reason(Inquiry& inquiry) const {
  const Request& request = inquiry.request;
  if (request.kind == Kind::account_verification || request.kind == Kind::balance_inquiry) {
    return Reason::approved;
  }
  const bool debit = is_debit(request.kind);
  const Sums full = sums_if(inquiry, inquiry.approved, inquiry.extra);
  if (!full.in_range()) return Reason::sum_out_of_range;
  const Wide change = held_change(inquiry, full);
  if (debit && change > 0 && change > available(inquiry.account->id) && !partially(inquiry)) {
    return Reason::insufficient_funds;
  }
  const Sums before = inquiry.lifecycle != nullptr && inquiry.lifecycle->account.value != 0
                          ? inquiry.lifecycle->sums
                          : Sums{};
  if (!fits(inquiry.account->id, before, sums_if(inquiry, inquiry.approved, inquiry.extra))) {
    return Reason::sum_out_of_range;
  }
  if (!debit) return Reason::approved;
  for (const ExposureLimit& limit : inquiry.program->exposure_limits) {
    if (limit.currency == request.amount.currency && inquiry.approved > 0 &&
        Wide{inquiry.moment.exposure_minor} + inquiry.approved > limit.minor_units) {
      return Reason::exposure_limit;
    }
  }
  const auto& age_max = inquiry.program->mirror_age_max_us;
  if (age_max && inquiry.moment.mirror_age_us > *age_max) return Reason::stale_state;
  return Reason::approved;
}

// Whether a part of the amount can be approved; nothing extra is held then.
bool Model::partially(Inquiry& inquiry) const {
  const Request& request = inquiry.request;
  if (!request.partial_approval || !inquiry.program->partial_approval) return false;
  const Wide there = available(inquiry.account->id);
  const Wide plain = held_change(inquiry, sums_if(inquiry, request.amount.minor_units, 0));
  const Wide part =
      std::min<Wide>(request.amount.minor_units, there + request.amount.minor_units - plain);
  if (part <= 0 || part < request.cash_back_minor) return false;
  inquiry.approved = static_cast<std::int64_t>(part);
  inquiry.extra = 0;
  const Wide change = held_change(inquiry, sums_if(inquiry, inquiry.approved, 0));
  return change <= 0 || change <= there;
}

Sums Model::sums_if(const Inquiry& inquiry, std::int64_t approved, std::int64_t extra) const {
  std::vector<Fact> facts;
  if (inquiry.lifecycle != nullptr) facts = inquiry.lifecycle->facts;
  Fact fact;
  fact.what = Fact::What::requested;
  fact.message = inquiry.request.message;
  fact.credit = inquiry.request.kind == Kind::credit;
  fact.minor = approved;
  fact.extra = extra;
  facts.push_back(fact);
  return naive::sums_of(facts);
}

// Of the account: an authorization that it is bound to brings all that it holds.
Wide Model::held_change(const Inquiry& inquiry, const Sums& after) const {
  if (inquiry.lifecycle == nullptr || inquiry.lifecycle->account.value == 0) return after.held();
  return after.held() - inquiry.lifecycle->sums.held();
}

std::int64_t Model::extra_hold(const Inquiry& inquiry) const {
  const Request& request = inquiry.request;
  const std::uint16_t mcc = request.details.merchant.mcc;
  if (!is_debit(request.kind) || request.amount.minor_units == 0 || mcc == 0) return 0;
  for (const ExtraHold& policy : inquiry.program->extra_holds) {
    for (const MccRange& range : policy.mccs) {
      if (mcc < range.from || mcc > range.to) continue;
      const bool first = inquiry.lifecycle == nullptr || inquiry.lifecycle->sums.approved == 0;
      const Wide share = Wide{request.amount.minor_units} * policy.basis_points;
      const Wide whole = share / 10'000 + (share % 10'000 != 0 ? 1 : 0);
      return static_cast<std::int64_t>(whole + (first ? policy.fixed_minor : 0));
    }
  }
  return 0;
}

AuthorizationId Model::carry_out(Inquiry& inquiry) {
  const Request& request = inquiry.request;
  const auto heard = heard_.find({request.program, request.message});
  if (heard != heard_.end() && heard->second.notice != Message::Notice::none) {
    return heard->second.authorization;  // its money has moved with the notice
  }
  const bool moves = is_debit(request.kind) || request.kind == Kind::credit;
  if (!moves || inquiry.approved == 0) {
    return inquiry.lifecycle != nullptr ? inquiry.lifecycle->id : AuthorizationId{};
  }
  if (is_debit(request.kind) && inquiry.card->locked_to.empty() &&
      locks_to_merchant(request, inquiry.account->id)) {
    inquiry.card->locked_to = request.details.merchant.id;
  }

  const AuthorizationId id = inquiry.lifecycle != nullptr
                                 ? inquiry.lifecycle->id
                                 : AuthorizationId{inquiry.moment.sequence.value};
  const Sums after = sums_if(inquiry, inquiry.approved, inquiry.extra);
  Lifecycle& lifecycle = lifecycles_[id];
  if (inquiry.lifecycle == nullptr) {
    lifecycle.id = id;
    lifecycle.program = request.program;
    lifecycle.currency = request.amount.currency;
  }
  lifecycle.account = inquiry.account->id;
  lifecycle.card = request.card;
  Fact fact;
  fact.what = Fact::What::requested;
  fact.message = request.message;
  fact.credit = request.kind == Kind::credit;
  fact.minor = inquiry.approved;
  fact.extra = inquiry.extra;
  const Sums before = lifecycle.sums;
  lifecycle.facts.push_back(fact);
  lifecycle.sums = after;
  count(lifecycle, before.counted(), request.card, request.kind, request.details,
        inquiry.moment.at);
  extend(lifecycle, before.held(), request.details.merchant.mcc, inquiry.moment.at);
  heard_[{request.program, request.message}].authorization = id;
  return id;
}

void Model::link(const ProgramId& program, const MessageId& message,
                 AuthorizationId authorization) {
  if (message.empty()) return;
  Heard& heard = heard_[{program, message}];
  if (heard.authorization.value == 0) heard.authorization = authorization;
}

}  // namespace authd::core::test
