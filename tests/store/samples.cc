#include "tests/store/samples.h"

namespace authd::store::test {

using namespace core;

namespace {

Merchant a_merchant() {
  return {5814, *InlineText<32>::from("000000000471183"),
          *InlineText<64>::from("KESTREL COFFEE 04"), *InlineText<3>::from("USA")};
}

Details some_details() {
  Details details;
  details.merchant = a_merchant();
  details.currency = eur;
  details.entry_mode = EntryMode::contactless;
  details.card_presence = CardPresence::present;
  details.channel = Channel::point_of_sale;
  details.wallet = Wallet::apple;
  details.recurrence = Recurrence::single;
  details.address = Verification::partial;
  details.security_code = Verification::match;
  details.cardholder = Verification::mismatch;
  return details;
}

Explanation an_explanation() {
  Explanation explanation;
  explanation.decided_by = std::uint8_t{2};
  explanation.before = {100'00, 87'66};
  explanation.extra_hold_minor = 2'47;
  const Timestamp midnight{noon.unix_us + 12 * 3'600 * us_per_s};
  explanation.findings = {
      {Level::program, {5}, 1, Mode::shadow, CheckKind::deny, false, 0, 0, 0, {}},
      {Level::account, {3}, 2, Mode::enforce, CheckKind::hours, true, 0, 0, 0, {}},
      {Level::card, {1}, 7, Mode::enforce, CheckKind::limit, false, 50'00, 45'00, 12'34, midnight},
      {Level::card, {9}, 1, Mode::enforce, CheckKind::limit, true, 0, 0, 0, midnight},
      {Level::card, {10}, 1, Mode::enforce, CheckKind::single_use, true, 1, 0, 1, end_of_time}};
  return explanation;
}

Record a_decision() {
  Request request = a_request("m1", 12'34);
  request.authorization = message_id("m0");
  request.cash_back_minor = 2'00;
  request.partial_approval = true;
  const Decision decision{Reason::amount_limit, {0, usd}, {100'00, 87'66}};
  Record record = a_record(request, Answer{Answer::Origin::decided, decision, {0x1122}, noon},
                           {a_message(), an_undecided_message()});
  record.moment.exposure_minor = 1'000'00;
  record.moment.mirror_age_us = 1'500;
  record.moment.past_deadline = true;
  record.explanation = an_explanation();
  return record;
}

Booking a_booking() {
  Booking booking;
  booking.authorization = {0x1122};
  booking.account = {1};
  booking.currency = usd;
  booking.held_minor = -12'34;
  booking.posted_minor = -13'00;
  booking.pending_credit_minor = 5;
  booking.over_captured = true;
  booking.below_zero = true;
  return booking;
}

Record an_event_record() {
  Event event = an_event(EventKind::declined, "n1", 12'34);
  event.authorization = message_id("m0");
  event.about = message_id("m1");
  event.final = true;
  event.timed_out = true;
  return a_record(event, a_booking(), {an_account(), an_authorization(), a_notice()});
}

Moved a_move(const Transfer& transfer, std::int64_t held_minor, std::int64_t posted_minor) {
  Moved moved;
  moved.transfer = transfer;
  moved.from_held_minor = held_minor;
  moved.from_posted_minor = posted_minor;
  return moved;
}

Record a_transfer_record() {
  const Transfer transfer = a_transfer();
  return a_record(beginning_of(transfer), a_move(transfer, 12'34, 0), {an_account(), transfer});
}

Record an_advance_record() {
  Transfer transfer = a_transfer();
  transfer.status = TransferStatus::posted;
  return a_record(AdvanceTransfer{transfer.program, transfer.id, transfer.status},
                  a_move(transfer, -12'34, -12'34), {an_account(), transfer});
}

// Of accounts and cards that the state knew: it has kept what is its own.
Record a_mirrored_account() {
  Account account = an_account();
  account.kyc = Kyc::verified;
  account.posted_minor = 5;
  Account stored = account;
  stored.posted_minor = 100'00;
  stored.held_minor = 7;
  stored.pending_credit_minor = 8;
  stored.has_controls = true;
  return a_record(MirrorAccount{account}, Setup::done, {stored});
}

Record a_mirrored_card() {
  Card stored = a_card();
  stored.locked_to = *InlineText<32>::from("SHOP-1");
  stored.has_controls = true;
  return a_record(MirrorCard{a_card()}, Setup::done, {stored});
}

// The calendar moved on, nobody's time was over.
Record an_empty_expiry() {
  Booking booking;
  booking.origin = Booking::Origin::nothing;
  return a_record(ExpireNext{}, booking, {DueCursor{2'989'368}});
}

}  // namespace

Program a_program() {
  Program program;
  program.id = program_id();
  return program;
}

Account an_account(std::int64_t id) {
  Account account;
  account.id = {id};
  account.currency = usd;
  account.posted_minor = 100'00;
  return account;
}

Card a_card() {
  Card card;
  card.program = program_id();
  card.token = card_token();
  card.account = {1};
  card.status = CardStatus::active;
  card.expires_at = {noon.unix_us + 365 * us_per_day};
  return card;
}

Owner program_owner() { return {program_id()}; }
Owner account_owner(std::int64_t id) { return {AccountId{id}}; }
Owner card_owner() { return {Owner::CardOwner{program_id(), card_token()}}; }

Control a_limit(std::int64_t id, Period period, Level counts) {
  Limit limit;
  limit.max = 500'00;
  limit.window.period = period;
  limit.counts = counts;
  Control control = a_control(id, limit);
  control.counter = {static_cast<std::uint64_t>(id) + 10};
  return control;
}

Request a_request(std::string_view message, std::int64_t minor_units) {
  Request request;
  request.program = program_id();
  request.message = message_id(message);
  request.card = card_token();
  request.amount = {minor_units, usd};
  request.details = some_details();
  return request;
}

Event an_event(EventKind kind, std::string_view notice, std::int64_t minor_units) {
  Event event;
  event.program = program_id();
  event.notice = message_id(notice);
  event.card = card_token();
  event.kind = kind;
  event.amount = {minor_units, usd};
  event.details = some_details();
  return event;
}

Control a_control(std::int64_t id, Check check) {
  Control control;
  control.id = {id};
  control.check = std::move(check);
  return control;
}

Authorization an_authorization() {
  Authorization authorization;
  authorization.id = {0x1122};
  authorization.program = program_id();
  authorization.key = message_id("m1");
  authorization.card = card_token();
  authorization.account = {1};
  authorization.currency = usd;
  authorization.approved_minor = 30'00;
  authorization.confirmed_minor = 31'00;
  authorization.adjusted_minor = -1'00;
  authorization.released_minor = 5'00;
  authorization.cleared_minor = 6'00;
  authorization.extra_minor = 7;
  authorization.credit_approved_minor = 8;
  authorization.credit_confirmed_minor = 9;
  authorization.credited_minor = 10;
  authorization.awaited_total_minor = 11;
  authorization.closure = Closure::reversed;
  authorization.opened_at = noon;
  authorization.expires_at = {noon.unix_us + 7 * us_per_day};
  authorization.due_slot = 2'990'000;
  authorization.next_due = {0x1121};
  authorization.takes = {{noon, 20'00}, {{noon.unix_us + 5}, 5'00}};
  authorization.counted = {
      {0, Level::card, {12}}, {0, Level::program, {90}}, {1, Level::card, {12}}};
  return authorization;
}

Message a_message() {
  Message message;
  message.program = program_id();
  message.id = message_id("m1");
  message.authorization = {0x1122};
  message.decided = true;
  message.card = card_token();
  message.kind = Kind::cash;
  message.amount = {12'34, usd};
  message.decision = {Reason::insufficient_funds, {0, usd}, {100'00, -87'66}};
  message.decided_at = noon;
  message.notice = Message::Notice::declined;
  message.approved_minor = 12'34;
  return message;
}

Message an_undecided_message() {
  Message message;
  message.program = program_id();
  message.id = message_id("m2");
  message.authorization = {0x1122};
  message.kind = Kind::credit;
  return message;
}

Notice a_notice() {
  return {program_id(), message_id("n1"), EventKind::chargeback_reversed,
          {12'34, usd}, {0x1122},         noon};
}

Transfer a_transfer() {
  Transfer transfer;
  transfer.program = program_id();
  transfer.id = message_id("t1");
  transfer.kind = TransferKind::wire;
  transfer.from = {1};
  transfer.amount = {12'34, usd};
  transfer.reserve = true;
  transfer.status = TransferStatus::reserved;
  transfer.requested_at = noon;
  transfer.changed_at = {noon.unix_us + 9};
  transfer.begun_by = {0x1122};
  return transfer;
}

Transfer a_declined_transfer() {
  Transfer transfer = a_transfer();
  transfer.id = message_id("t2");
  transfer.kind = TransferKind::top_up;
  transfer.from = {};
  transfer.to = {2};
  transfer.reserve = false;
  transfer.mirrored = true;
  transfer.status = TransferStatus::declined;
  transfer.reason = Reason::account_unknown;
  return transfer;
}

MirrorMark a_mark() {
  MirrorMark mark{7'180'339'000'000'000'001, 3, 0x16B374D848, {}};
  for (std::uint8_t i = 0; i < 16; ++i) mark.incarnation[i] = static_cast<std::uint8_t>(0xA0 + i);
  return mark;
}

Program a_configured_program() {
  Program program;
  program.id = program_id();
  program.zone = *ZoneName::from("Europe/Berlin");
  program.partial_approval = true;
  program.kyc = KycPolicy::not_rejected;
  program.hold_days = 8;
  program.hold_periods = {{{{7011, 7011}, {3501, 3999}}, 31}};
  program.extra_holds = {{{{5812, 5814}}, 2'000, 0}, {{{5542, 5542}}, 0, 100'00}};
  program.exposure_limits = {{usd, 1'000'000'00}, {eur, 0}};
  program.mirror_age_max_us = 60 * us_per_s;
  return program;
}

TimeZone a_zone() {
  return {*ZoneName::from("Europe/Berlin"),
          {{-2'422'054'408, 3'600}, {1'774'746'000, 7'200}, {1'792'890'000, 3'600}}};
}

Record a_record(Command command, Outcome outcome, std::vector<Row> rows) {
  return {std::move(command), moment, std::move(outcome), {}, std::move(rows)};
}

Named<Record> ordinary_records() {
  const ControlSet controls{card_owner(), {a_limit(4)}};
  const Account account = an_account();
  return {
      {"request", a_decision()},
      {"account_opened", a_record(OpenAccount{account}, Setup::done, {account})},
      {"card_issued", a_record(IssueCard{a_card()}, Setup::done, {a_card()})},
      {"event", an_event_record()},
      {"account_changed",
       a_record(ChangeAccount{{1}, AccountStatus::frozen, 50'00, 10'00, Kyc::rejected}, Setup::done,
                {account})},
      {"card_changed",
       a_record(
           ChangeCard{program_id(), card_token(), CardStatus::closed, noon, {noon.unix_us + 9}},
           Setup::done, {a_card()})},
      {"control_set", a_record(SetControl{card_owner(), a_limit(4)}, Setup::done, {controls})},
      {"control_removed", a_record(RemoveControl{account_owner(), {4}}, Setup::done,
                                   {ControlSet{account_owner(), {}}})},
      {"program_configured",
       a_record(ConfigureProgram{a_configured_program()}, Setup::done, {a_configured_program()})},
      {"zone_defined", a_record(DefineZone{a_zone()}, Setup::done, {a_zone()})},
      {"expiry", a_record(ExpireNext{}, a_booking(), {an_authorization()})},
      {"empty_expiry", an_empty_expiry()},
      {"abandoned", a_record(Abandon{program_id(), message_id("m1")}, a_booking(), {a_message()})},
      {"transfer_begun", a_transfer_record()},
      {"transfer_declined", a_record(beginning_of(a_declined_transfer()),
                                     a_move(a_declined_transfer(), 0, 0), {a_declined_transfer()})},
      {"transfer_advanced", an_advance_record()},
      {"account_mirrored", a_mirrored_account()},
      {"card_mirrored", a_mirrored_card()},
      {"control_mirrored",
       a_record(MirrorControl{card_owner(), a_limit(4)}, Setup::done, {controls})},
      {"control_removal_mirrored", a_record(MirrorRemoval{account_owner(), {4}}, Setup::done,
                                            {ControlSet{account_owner(), {}}})},
      {"mirror_marked", a_record(a_mark(), Setup::done, {a_mark()})},
  };
}

std::vector<std::byte> value_of(const Row& row) {
  std::vector<std::byte> value;
  encode_value(key_of(row), row, value);
  return value;
}

std::vector<std::byte> payload_of(const Record& record) {
  std::vector<std::byte> payload;
  encode_record(record.command, record.moment,
                Applied{record.outcome, record.explanation, record.rows}, payload);
  return payload;
}

core::Result<Record, FormatError> decoded(const Record& like, Bytes payload) {
  Moment header;
  header.at = like.moment.at;
  header.sequence = like.moment.sequence;
  return decode_record(static_cast<std::uint16_t>(kind_of(like.command)), record_version, header,
                       payload);
}

bool same(const Record& a, const Record& b) {
  return a.command == b.command && a.moment == b.moment && a.outcome == b.outcome &&
         a.explanation == b.explanation && a.rows == b.rows;
}

}  // namespace authd::store::test
