#include "authd/config/program_reader.h"

#include <algorithm>

#include "authd/config/adapter_reader.h"
#include "authd/config/authentication_reader.h"
#include "authd/config/mcc_ranges.h"
#include "authd/config/time_zones.h"
#include "core/money.h"

namespace authd {

namespace {

using core::Program;

constexpr std::int64_t answer_within_ms_min = 10;
constexpr std::int64_t answer_within_ms_max = 7'000;  // the longest that a processor waits: Marqeta
constexpr std::int64_t mirror_age_s_max = 7 * core::s_per_day;
constexpr int percent_decimals = 2;  // a basis point is a hundredth of a percent

core::ProgramId read_id(TableReader& in) {
  const std::string id_text = in.required_text("id");
  const auto id = core::ProgramId::from(id_text);
  const bool in_url =
      id_text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
  if (!id_text.empty() && (!id || !in_url)) {
    in.refuse("id", "must be 1 to 32 characters of a-z, 0-9, - and _: it stands in the URL");
  }
  return id.value_or(core::ProgramId{});
}

core::ZoneName read_zone(TableReader& in) {
  const std::string name = in.text("time_zone", "UTC");
  if (!is_time_zone(name)) {
    in.refuse("time_zone",
              "'" + name + "' is not a zone of the system's tz database (package tzdata)");
  }
  return core::ZoneName::from(name).value_or(core::ZoneName{});
}

std::vector<core::MccRange> read_mccs(TableReader& in) {
  std::vector<core::MccRange> ranges;
  for (const std::string& word : in.texts("mccs")) {
    const auto parsed = parse_mccs(word);
    if (!parsed) {
      in.refuse("mccs", parsed.error());
      return {};
    }
    ranges.insert(ranges.end(), parsed->begin(), parsed->end());
  }
  if (!in.has("mccs")) {
    in.refuse("mccs", "is required");
  } else if (ranges.empty() || ranges.size() > Program::ranges_max) {
    in.refuse("mccs", "must be 1 to " + std::to_string(Program::ranges_max) +
                          " codes or ranges, those of groups counted one by one");
  }
  return ranges;
}

core::HoldPeriod read_hold_period(TableReader& in) {
  core::HoldPeriod period;
  period.mccs = read_mccs(in);
  if (!in.has("days")) in.refuse("days", "is required");
  period.days =
      static_cast<std::int32_t>(in.integer("days", period.days, 1, Program::hold_days_max));
  return period;
}

std::int32_t read_basis_points(TableReader& in) {
  const std::string digits = in.decimal("percent");
  if (digits.empty()) return 0;
  const auto parsed = core::parse_major_units(digits, percent_decimals);
  if (!parsed || *parsed > Program::basis_points_max) {
    in.refuse("percent", "must be a decimal number from 0 to " +
                             std::to_string(Program::basis_points_max / 100) +
                             " with at most two decimals");
    return 0;
  }
  return static_cast<std::int32_t>(*parsed);
}

core::ExtraHold read_extra_hold(TableReader& in) {
  core::ExtraHold extra;
  extra.mccs = read_mccs(in);
  extra.basis_points = read_basis_points(in);
  extra.fixed_minor = in.integer("fixed_minor", 0, 0, core::minor_units_max);
  if (!in.has("percent") && !in.has("fixed_minor")) {
    in.refuse("percent", "is required, or fixed_minor: how much more is held");
  }
  return extra;
}

core::ExposureLimit read_exposure_limit(TableReader& in) {
  core::ExposureLimit limit;
  const std::string code = in.required_text("currency");
  const auto currency = core::Currency::from_alpha(code);
  if (!code.empty() && !currency) in.refuse("currency", "must be an ISO 4217 code such as USD");
  limit.currency = currency.value_or(core::Currency{});
  if (!in.has("minor_units")) in.refuse("minor_units", "is required");
  limit.minor_units = in.integer("minor_units", 0, 0, core::minor_units_max);
  return limit;
}

// Reads the [[program.<key>]] tables, each with `read`.
template <class Policy>
std::vector<Policy> read_policies(TableReader& in, std::string_view key,
                                  Policy (*read)(TableReader&)) {
  std::vector<Policy> policies;
  for (TableReader& reader : in.readers(key)) {
    policies.push_back(read(reader));
    reader.refuse_unknown_keys();
  }
  if (policies.size() > Program::policies_max) {
    in.refuse(key, "must stand at most " + std::to_string(Program::policies_max) + " times");
  }
  return policies;
}

void refuse_repeated_currencies(TableReader& in, const std::vector<core::ExposureLimit>& limits) {
  for (auto limit = limits.begin(); limit != limits.end(); ++limit) {
    const auto same = [limit](const auto& other) { return other.currency == limit->currency; };
    if (limit->currency != core::Currency{} && std::any_of(limits.begin(), limit, same)) {
      in.refuse("exposure_limit", "names " + std::string(limit->currency.alpha()) + " twice");
    }
  }
}

core::KycPolicy read_kyc(TableReader& in) {
  const std::string word = in.text("kyc", std::string(core::name(core::KycPolicy::ignored)));
  for (const auto policy :
       {core::KycPolicy::ignored, core::KycPolicy::not_rejected, core::KycPolicy::verified}) {
    if (word == core::name(policy)) return policy;
  }
  in.refuse("kyc", "must be ignored, not_rejected or verified");
  return core::KycPolicy::ignored;
}

// Whether answers wait for the ledger.
bool read_durability(TableReader& in, Ledger ledger) {
  const std::string word = in.text("durability", "local");
  if (word != "local" && word != "ledger") {
    in.refuse("durability", "must be local or ledger");
  } else if (word == "ledger" && ledger == Ledger::none) {
    in.refuse("durability", "needs [postgres] to be `ledger`");
  }
  return word == "ledger";
}

void read_policies(TableReader& in, Ledger ledger, Program& program) {
  program.zone = read_zone(in);
  program.partial_approval = in.boolean("partial_approval", program.partial_approval);
  program.kyc = read_kyc(in);
  program.hold_days = static_cast<std::int32_t>(
      in.integer("hold_days", program.hold_days, 1, Program::hold_days_max));
  program.hold_periods = read_policies(in, "hold_period", read_hold_period);
  program.extra_holds = read_policies(in, "extra_hold", read_extra_hold);
  program.exposure_limits = read_policies(in, "exposure_limit", read_exposure_limit);
  refuse_repeated_currencies(in, program.exposure_limits);
  if (in.has("mirror_age_max")) {
    program.mirror_age_max_us =
        in.integer("mirror_age_max", 1, 1, mirror_age_s_max) * core::us_per_s;
  }
  for (const std::string_view key : {"exposure_limit", "mirror_age_max"}) {
    if (ledger == Ledger::none && in.has(key)) {
      in.refuse(key, "needs [postgres]: without a ledger there is nothing to be behind");
    }
  }
}

}  // namespace

ProgramConfig read_program(TableReader& in, const ProgramContext& context) {
  ProgramConfig c;
  c.program.id = read_id(in);
  c.adapter = read_adapter(in);
  read_authentication(in, context.base, context.certificates_verified, c);
  c.answer_within = std::chrono::milliseconds(in.integer(
      "answer_within_ms", c.answer_within.count(), answer_within_ms_min, answer_within_ms_max));
  c.until_ledger = read_durability(in, context.ledger);
  read_policies(in, context.ledger, c.program);
  in.refuse_unknown_keys();
  return c;
}

}  // namespace authd
