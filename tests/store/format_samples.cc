#include "tests/store/format_samples.h"

#include <limits>

namespace authd::store::test {

using namespace core;

namespace {

constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();

// As long as it may be.
template <class Text>
Text longest(char letter) {
  return *Text::from(std::string(Text::size_max, letter));
}

Filter a_filter() {
  Filter filter;
  filter.mccs = {{{5411, 5411}, {5800, 5899}}, false};
  filter.merchants = {{*InlineText<32>::from("SHOP-1")}, true};
  filter.countries = {{*InlineText<3>::from("USA"), *InlineText<3>::from("CAN")}, false};
  filter.currencies = {{usd}, false};
  filter.entry_modes.add(EntryMode::chip);
  filter.card_presences.add(CardPresence::present);
  filter.channels.add(Channel::atm);
  filter.wallets.add(Wallet::none);
  filter.recurrences.add(Recurrence::installment);
  filter.kinds.add(Kind::purchase);
  filter.kinds.add(Kind::cash);
  return filter;
}

Filter longest_filter() {
  Filter filter;
  filter.mccs.values.assign(List<MccRange>::values_max, {1, 9'999});
  filter.merchants.values.assign(128, longest<InlineText<32>>('m'));
  filter.countries.values.assign(128, longest<InlineText<3>>('C'));
  filter.currencies.values.assign(128, usd);
  filter.entry_modes = EnumSet<EntryMode>::from_bits(0x3FE);
  filter.card_presences = EnumSet<CardPresence>::from_bits(0xE);
  filter.channels = EnumSet<Channel>::from_bits(0x3E);
  filter.wallets = EnumSet<Wallet>::from_bits(0x3E);
  filter.recurrences = EnumSet<Recurrence>::from_bits(0x1E);
  filter.kinds = EnumSet<Kind>::from_bits(0xFE);
  return filter;
}

// One of each kind of check.
std::vector<Control> all_checks() {
  Control limit = a_limit(1, Period::rolling, Level::account);
  std::get<Limit>(limit.check).window.rolling_s = 3'600;
  limit.version = 7;
  Control monthly = a_limit(2, Period::month);
  std::get<Limit>(monthly.check).window.zone = *ZoneName::from("Africa/Johannesburg");
  std::get<Limit>(monthly.check).measure = Limit::Measure::count;
  Control deny = a_control(3, Deny{});
  deny.filter = a_filter();
  deny.mode = Mode::shadow;
  Require require;
  require.address.add(Verification::match);
  require.security_code.add(Verification::match);
  require.cardholder.add(Verification::mismatch);
  return {std::move(limit),
          std::move(monthly),
          std::move(deny),
          a_control(4, Allow{a_filter()}),
          a_control(5, Hours{0x1F, 480, 1'080}),
          a_control(6, require),
          a_control(7, SingleUse{}),
          a_control(greatest, MerchantLock{})};
}

Authorization largest_authorization() {
  Authorization authorization;
  authorization.id = {std::numeric_limits<std::uint64_t>::max()};
  authorization.program = longest<ProgramId>('p');
  authorization.key = longest<MessageId>('k');
  authorization.card = longest<CardToken>('c');
  authorization.account = {greatest};
  authorization.currency = usd;
  for (std::int64_t* const sum :
       {&authorization.approved_minor, &authorization.confirmed_minor,
        &authorization.released_minor, &authorization.cleared_minor, &authorization.extra_minor,
        &authorization.credit_approved_minor, &authorization.credit_confirmed_minor,
        &authorization.credited_minor}) {
    *sum = greatest;
  }
  authorization.adjusted_minor = smallest;
  authorization.awaited_total_minor = smallest;
  authorization.opened_at = {greatest};
  authorization.expires_at = {smallest};
  authorization.due_slot = smallest;
  authorization.next_due = {std::numeric_limits<std::uint64_t>::max()};
  for (std::uint8_t take = 0; take < Authorization::takes_max; ++take) {
    authorization.takes.push_back({{noon.unix_us + take * us_per_day}, minor_units_max});
    for (std::uint64_t i = 0; i < Explanation::findings_max; ++i) {
      const auto level = static_cast<Level>(1 + i / ControlSet::controls_max);
      authorization.counted.push_back(
          {take, level, {std::uint64_t{1'000'000'000} * take + i * 1'000}});
    }
  }
  return authorization;
}

Usage a_usage(Owner owner) {
  return {std::move(owner),
          {{{12}, {noon.unix_us - 12 * 3'600 * us_per_s}, 12'34, 3},
           {{12}, noon, 1, 0},
           {{90}, {0}, 5'00, 1}}};
}

Usage largest_usage(Owner owner) {
  Usage usage{std::move(owner), {}};
  for (std::uint64_t i = 0; i < Usage::tallies_max; ++i) {
    usage.tallies.push_back({{(i / 25 + 1) * 1'000'000'000'000},
                             {noon.unix_us + static_cast<std::int64_t>(i * 416'667)},
                             greatest,
                             std::numeric_limits<std::uint32_t>::max()});
  }
  return usage;
}

Transfer largest_transfer() {
  Transfer transfer = a_declined_transfer();
  transfer.program = longest<ProgramId>('p');
  transfer.id = longest<MessageId>('t');
  transfer.kind = TransferKind::transfer;
  transfer.from = {greatest};
  transfer.to = {greatest - 1};
  transfer.mirrored = false;
  transfer.amount.minor_units = greatest;
  transfer.requested_at = {smallest};
  transfer.changed_at = {greatest};
  transfer.begun_by = {std::numeric_limits<std::uint64_t>::max()};
  return transfer;
}

MirrorMark largest_mark() {
  constexpr auto all = std::numeric_limits<std::uint64_t>::max();
  MirrorMark mark{all, std::numeric_limits<std::uint32_t>::max(), all, {}};
  mark.incarnation.fill(0xFF);
  return mark;
}

Program largest_program() {
  Program program;
  program.id = longest<ProgramId>('p');
  program.zone = longest<ZoneName>('z');
  program.hold_days = Program::hold_days_max;
  const std::vector<MccRange> ranges(Program::ranges_max, {1, 9'999});
  program.hold_periods.assign(Program::policies_max, {ranges, Program::hold_days_max});
  program.extra_holds.assign(Program::policies_max,
                             {ranges, Program::basis_points_max, minor_units_max});
  program.exposure_limits.assign(Program::policies_max, {usd, greatest});
  program.mirror_age_max_us = greatest;
  return program;
}

TimeZone largest_zone() {
  TimeZone zone{longest<ZoneName>('z'), {}};
  for (std::size_t i = 0; i < TimeZone::transitions_max; ++i) {
    const auto from =
        static_cast<std::int64_t>((std::uint64_t{1} << 63U) + i * std::uint64_t{greatest / 256});
    zone.transitions.push_back({from, i % 2 == 0 ? -86'399 : 86'399});
  }
  return zone;
}

Account extreme_account() {
  Account account;
  account.id = {greatest};
  account.currency = eur;
  account.status = AccountStatus::closed;
  account.posted_minor = smallest;
  account.held_minor = greatest;
  account.pending_credit_minor = greatest;
  account.overdraft_minor = greatest;
  account.minimum_minor = greatest;
  account.kyc = Kyc::rejected;
  account.has_controls = true;
  return account;
}

Card longest_card() {
  Card card;
  card.program = longest<ProgramId>('p');
  card.token = longest<CardToken>('c');
  card.account = {greatest};
  card.status = CardStatus::closed;
  card.active_from = {smallest};
  card.expires_at = {greatest};
  card.locked_to = longest<InlineText<32>>('m');
  card.has_controls = true;
  return card;
}

}  // namespace

Named<Row> ordinary_rows() {
  return {{"account", an_account()},
          {"card", a_card()},
          {"authorization", an_authorization()},
          {"program_usage", a_usage(program_owner())},
          {"account_usage", a_usage(account_owner())},
          {"card_usage", a_usage(card_owner())},
          {"message", a_message()},
          {"undecided_message", an_undecided_message()},
          {"notice", a_notice()},
          {"program_controls", ControlSet{program_owner(), {a_limit(4)}}},
          {"account_controls", ControlSet{account_owner(), {}}},
          {"card_controls", ControlSet{card_owner(), all_checks()}},
          {"program", a_configured_program()},
          {"zone", a_zone()},
          {"due_slot", DueSlot{2'990'000, {0x1122}}},
          {"due_cursor", DueCursor{2'989'368}},
          {"transfer", a_transfer()},
          {"declined_transfer", a_declined_transfer()},
          {"mirror_mark", a_mark()}};
}

Named<Row> largest_rows() {
  Message message = a_message();
  message.program = longest<ProgramId>('p');
  message.id = longest<MessageId>('m');
  message.card = longest<CardToken>('c');
  return {{"account", extreme_account()},
          {"card", longest_card()},
          {"authorization", largest_authorization()},
          {"usage", largest_usage(card_owner())},
          {"message", message},
          {"controls", largest_controls()},
          {"program", largest_program()},
          {"zone", largest_zone()},
          {"due_slot", DueSlot{smallest, {std::numeric_limits<std::uint64_t>::max()}}},
          {"due_cursor", DueCursor{smallest}},
          {"transfer", largest_transfer()},
          {"mirror_mark", largest_mark()}};
}

ControlSet largest_controls() {
  ControlSet set{card_owner(), {}};
  for (std::size_t i = 0; i < ControlSet::controls_max; ++i) {
    Control control = a_control(static_cast<std::int64_t>(i) + 1, Allow{longest_filter()});
    control.version = std::numeric_limits<std::uint32_t>::max();
    control.filter = longest_filter();
    set.controls.push_back(std::move(control));
  }
  return set;
}

Record largest_request() {
  Request request = a_request(std::string(MessageId::size_max, 'm'), minor_units_max);
  request.program = longest<ProgramId>('p');
  request.authorization = longest<MessageId>('a');
  request.card = longest<CardToken>('c');
  request.details.merchant.id = longest<InlineText<32>>('m');
  request.details.merchant.name = longest<InlineText<64>>('n');
  Message message = a_message();
  message.program = request.program;
  message.id = request.message;
  message.card = request.card;

  const Decision decision{Reason::approved, {minor_units_max, usd}, {greatest, greatest}};
  Record record =
      a_record(request, Answer{Answer::Origin::decided, decision, {greatest}, noon}, {});
  record.moment.exposure_minor = greatest;
  record.moment.mirror_age_us = greatest;
  Explanation& explanation = record.explanation;
  explanation.before = {smallest, smallest};
  for (std::size_t i = 0; i < Explanation::findings_max; ++i) {
    const auto level = static_cast<Level>(1 + i / ControlSet::controls_max);
    explanation.findings.push_back({level,
                                    {static_cast<std::int64_t>(i) * 1'000'000'007},
                                    1'000,
                                    Mode::shadow,
                                    CheckKind::limit,
                                    false,
                                    greatest,
                                    greatest,
                                    minor_units_max,
                                    {noon.unix_us + static_cast<std::int64_t>(i) * us_per_day}});
  }
  record.rows = {longest_card(),
                 extreme_account(),
                 largest_authorization(),
                 largest_usage(program_owner()),
                 largest_usage(account_owner()),
                 largest_usage({Owner::CardOwner{request.program, request.card}}),
                 message,
                 an_undecided_message(),
                 DueSlot{2'990'000, {0x1122}},
                 DueCursor{2'989'368}};
  return record;
}

}  // namespace authd::store::test
