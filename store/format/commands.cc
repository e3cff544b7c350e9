#include "store/format/commands.h"

#include "store/format/controls.h"

namespace authd::store {

namespace {

void write(FieldWriter& out, const core::Details& d) {
  out.number(d.merchant.mcc);
  out.text(d.merchant.id.view());
  out.text(d.merchant.name.view());
  out.text(d.merchant.country.view());
  out.currency(d.currency);
  out.enumerator(d.entry_mode);
  out.enumerator(d.card_presence);
  out.enumerator(d.channel);
  out.enumerator(d.wallet);
  out.enumerator(d.recurrence);
  out.enumerator(d.address);
  out.enumerator(d.security_code);
  out.enumerator(d.cardholder);
}

core::Details read_details(FieldReader& in) {
  core::Details d;
  d.merchant.mcc = in.number<std::uint16_t>();
  d.merchant.id = in.inline_text<decltype(d.merchant.id)>();
  d.merchant.name = in.inline_text<decltype(d.merchant.name)>();
  d.merchant.country = in.inline_text<decltype(d.merchant.country)>();
  d.currency = in.optional_currency();
  d.entry_mode = in.enumerator(core::entry_mode_last);
  d.card_presence = in.enumerator(core::card_presence_last);
  d.channel = in.enumerator(core::channel_last);
  d.wallet = in.enumerator(core::wallet_last);
  d.recurrence = in.enumerator(core::recurrence_last);
  d.address = in.enumerator(core::verification_last);
  d.security_code = in.enumerator(core::verification_last);
  d.cardholder = in.enumerator(core::verification_last);
  return d;
}

}  // namespace

void write(FieldWriter& out, const core::Request& r) {
  out.text(r.program.view());
  out.text(r.message.view());
  out.text(r.authorization.view());
  out.text(r.card.view());
  out.enumerator(r.kind);
  out.money(r.amount);
  out.amount(r.cash_back_minor);
  out.flag(r.partial_approval);
  write(out, r.details);
}

core::Request read_request(FieldReader& in) {
  core::Request r;
  r.program = in.identifier<core::ProgramId>();
  r.message = in.identifier<core::MessageId>();
  r.authorization = in.optional_identifier<core::MessageId>();
  r.card = in.identifier<core::CardToken>();
  r.kind = in.enumerator(core::kind_last);
  r.amount = in.money();
  r.cash_back_minor = in.amount();
  r.partial_approval = in.flag();
  r.details = read_details(in);
  return r;
}

void write(FieldWriter& out, const core::Event& e) {
  out.text(e.program.view());
  out.text(e.notice.view());
  out.text(e.authorization.view());
  out.text(e.about.view());
  out.text(e.card.view());
  out.enumerator(e.kind);
  out.enumerator(e.transaction);
  out.money(e.amount);
  out.flag(e.final);
  out.flag(e.timed_out);
  write(out, e.details);
}

core::Event read_event(FieldReader& in) {
  core::Event e;
  e.program = in.identifier<core::ProgramId>();
  e.notice = in.identifier<core::MessageId>();
  e.authorization = in.optional_identifier<core::MessageId>();
  e.about = in.optional_identifier<core::MessageId>();
  e.card = in.optional_identifier<core::CardToken>();
  e.kind = in.enumerator(core::event_kind_last);
  e.transaction = in.enumerator(core::kind_last);
  e.amount = in.money();
  e.final = in.flag();
  e.timed_out = in.flag();
  e.details = read_details(in);
  return e;
}

void write(FieldWriter& out, const core::ChangeAccount& change) {
  out.zigzag(change.account.value);
  out.enumerator(change.status);
  out.amount(change.overdraft_minor);
  out.amount(change.minimum_minor);
  out.enumerator(change.kyc);
}

core::ChangeAccount read_account_change(FieldReader& in) {
  core::ChangeAccount change;
  change.account = {in.zigzag()};
  change.status = in.enumerator(core::AccountStatus::closed);
  change.overdraft_minor = in.amount();
  change.minimum_minor = in.amount();
  change.kyc = in.enumerator(core::kyc_last);
  return change;
}

void write(FieldWriter& out, const core::ChangeCard& change) {
  out.text(change.program.view());
  out.text(change.card.view());
  out.enumerator(change.status);
  out.time(change.active_from);
  out.time(change.expires_at);
}

core::ChangeCard read_card_change(FieldReader& in) {
  core::ChangeCard change;
  change.program = in.identifier<core::ProgramId>();
  change.card = in.identifier<core::CardToken>();
  change.status = in.enumerator(core::CardStatus::closed);
  change.active_from = in.time();
  change.expires_at = in.time();
  return change;
}

void write(FieldWriter& out, const core::SetControl& set) {
  write(out, set.owner);
  write(out, set.control);
}

core::SetControl read_set_control(FieldReader& in) {
  core::SetControl set;
  set.owner = read_owner(in);
  set.control = read_control(in);
  return set;
}

void write(FieldWriter& out, const core::RemoveControl& remove) {
  write(out, remove.owner);
  out.zigzag(remove.control.value);
}

core::RemoveControl read_remove_control(FieldReader& in) {
  core::RemoveControl remove;
  remove.owner = read_owner(in);
  remove.control = {in.zigzag()};
  return remove;
}

void write(FieldWriter& out, const core::Abandon& abandon) {
  out.text(abandon.program.view());
  out.text(abandon.message.view());
}

core::Abandon read_abandon(FieldReader& in) {
  core::Abandon abandon;
  abandon.program = in.identifier<core::ProgramId>();
  abandon.message = in.identifier<core::MessageId>();
  return abandon;
}

void write(FieldWriter& out, const core::MirrorControl& mirror) {
  write(out, mirror.owner);
  write(out, mirror.control);
}

core::MirrorControl read_mirror_control(FieldReader& in) {
  core::MirrorControl mirror;
  mirror.owner = read_owner(in);
  mirror.control = read_control(in);
  return mirror;
}

void write(FieldWriter& out, const core::MirrorRemoval& removal) {
  write(out, removal.owner);
  out.zigzag(removal.control.value);
}

core::MirrorRemoval read_mirror_removal(FieldReader& in) {
  core::MirrorRemoval removal;
  removal.owner = read_owner(in);
  removal.control = {in.zigzag()};
  return removal;
}

}  // namespace authd::store
