// Spend controls as text: what every word of them means, and what is no control.

#include "authd/load/control_definition.h"

#include <gtest/gtest.h>

#include "core/mcc_groups.h"
#include "tests/daemon/control_text.h"

namespace authd {
namespace {

using core::Level;
using core::Limit;
using core::Period;
using test::parse_control_text;
using test::quoted;

// A control of a card with the given members.
std::string of_card(const std::string& members) {
  return quoted("{'id':7,'program':'demo','card':'c1'," + members + "}");
}

core::SetControl read(const std::string& text) {
  const auto set = parse_control_text(text);
  if (!set) {
    ADD_FAILURE() << text << ": " << set.error();
    return {};
  }
  EXPECT_TRUE(core::valid(set->control)) << text;
  return *set;
}

template <class Check>
Check check_of(const std::string& members) {
  const core::SetControl set = read(of_card(members));
  const auto* const check = std::get_if<Check>(&set.control.check);
  if (check == nullptr) {
    ADD_FAILURE() << members << " is another kind of check";
    return {};
  }
  return *check;
}

std::string error_of(const std::string& text) {
  const auto set = parse_control_text(quoted(text));
  return set ? "no error" : set.error();
}
std::string card_error(const std::string& members) { return error_of(of_card(members)); }

core::Filter filter_of(const std::string& members) {
  return read(of_card("'deny':{},'filter':{" + members + "}")).control.filter;
}
std::string filter_error(const std::string& members) {
  return card_error("'deny':{},'filter':{" + members + "}");
}

Limit limit_of(const std::string& members) { return check_of<Limit>("'limit':{" + members + "}"); }
std::string limit_error(const std::string& members) {
  return card_error("'limit':{'measure':'amount','max':1," + members + "}");
}

TEST(ControlDefinition, ReadsItsOwnerIdAndMode) {
  const core::ProgramId demo = *core::ProgramId::from("demo");
  const core::SetControl of_program = read(quoted("{'id':1,'program':'demo','deny':{}}"));
  EXPECT_EQ(of_program.owner.of, decltype(core::Owner::of)(demo));
  EXPECT_EQ(of_program.control.id.value, 1);
  EXPECT_EQ(of_program.control.mode, core::Mode::enforce);
  EXPECT_EQ(of_program.control.filter, core::Filter{});
  EXPECT_EQ(of_program.control.check, core::Check(core::Deny{}));

  const core::SetControl of_account =
      read(quoted("{'id':999999999999999999,'account':5,'mode':'shadow','deny':{}}"));
  EXPECT_EQ(of_account.owner.of, decltype(core::Owner::of)(core::AccountId{5}));
  EXPECT_EQ(of_account.control.id.value, core::minor_units_max);
  EXPECT_EQ(of_account.control.mode, core::Mode::shadow);

  EXPECT_EQ(read(of_card("'mode':'enforce','deny':{}")).owner.of,
            decltype(core::Owner::of)(core::Owner::CardOwner{demo, *core::CardToken::from("c1")}));
}

TEST(ControlDefinition, RefusesUnclearOwners) {
  EXPECT_EQ(error_of("{'id':1,'deny':{}}"), "program is required");
  EXPECT_EQ(error_of("{'id':1,'card':'c','deny':{}}"), "program is required");
  EXPECT_EQ(error_of("{'id':1,'account':1,'program':'demo','deny':{}}"),
            "program must not stand beside account");
  EXPECT_EQ(error_of("{'id':1,'account':1,'card':'c','deny':{}}"),
            "card must not stand beside account");
  EXPECT_EQ(error_of("{'id':1,'account':0,'deny':{}}"),
            "account must be an integer from 1 to 999999999999999999");
  EXPECT_EQ(error_of("{'id':1,'program':'d e','deny':{}}"),
            "program must be 1 to 32 visible ASCII characters");
  EXPECT_EQ(error_of("{'id':1,'program':'d','card':'','deny':{}}"),
            "card must be 1 to 64 visible ASCII characters");
}

TEST(ControlDefinition, RefusesUnknownKeysWrongTypesAndMissingValues) {
  EXPECT_EQ(error_of("{'account':1,'deny':{}}"), "id is required");
  EXPECT_EQ(error_of("{'id':0,'account':1,'deny':{}}"),
            "id must be an integer from 1 to 999999999999999999");
  EXPECT_EQ(error_of("{'id':1.0,'account':1,'deny':{}}"),
            "id must be an integer from 1 to 999999999999999999");
  EXPECT_EQ(error_of("{'id':'1','account':1,'deny':{}}"),
            "id must be an integer from 1 to 999999999999999999");
  EXPECT_EQ(error_of("{'id':1,'id':2,'account':1,'deny':{}}"), "id stands twice");
  EXPECT_EQ(card_error("'mode':'off','deny':{}"), "mode must be one of enforce, shadow");
  EXPECT_EQ(card_error("'mode':1,'deny':{}"), "mode must be a string");
  EXPECT_EQ(card_error("'version':2,'deny':{}"), "version is not a known key");
  EXPECT_EQ(card_error("'filter':[],'deny':{}"), "filter must be an object");
  EXPECT_EQ(card_error("'filter':{},'deny':{}"), "filter must not be empty");
  const std::string one_of =
      "must have exactly one of limit, deny, allow, hours, require, single_use, merchant_lock";
  EXPECT_EQ(card_error("'mode':'shadow'"), one_of);
  EXPECT_EQ(card_error("'deny':{},'single_use':true"), one_of);
  EXPECT_EQ(card_error("'deny':true"), "deny must be an object");
  EXPECT_EQ(card_error("'deny':{'mccs':['5411']}"), "deny.mccs is not a known key");
  EXPECT_EQ(card_error("'single_use':false"), "single_use must be true");
  EXPECT_EQ(card_error("'single_use':{}"), "single_use must be true");
  EXPECT_EQ(card_error("'merchant_lock':1"), "merchant_lock must be true");
}

TEST(ControlDefinition, ReadsSingleUseAndMerchantLock) {
  check_of<core::SingleUse>("'single_use':true");
  check_of<core::MerchantLock>("'merchant_lock':true");
}

TEST(ControlDefinition, ReadsEveryConditionOfAFilter) {
  const core::Filter filter = filter_of(
      "'mccs':['5411','3000-3299','group:cash'],'merchants':{'except':['000 471']},"
      "'countries':['USA','DEU'],'currencies':{'except':['JPY']},'entry_modes':['chip','manual'],"
      "'card_presences':['not_present'],'channels':['atm'],'wallets':['apple','google'],"
      "'recurrences':['recurring'],'kinds':['cash','quasi_cash']");
  core::Filter expected;
  expected.mccs.values = {{5'411, 5'411}, {3'000, 3'299}, {6'010, 6'011}};
  expected.merchants = {{*core::InlineText<32>::from("000 471")}, true};
  expected.countries.values = {*core::InlineText<3>::from("USA"),
                               *core::InlineText<3>::from("DEU")};
  expected.currencies = {{*core::Currency::from_alpha("JPY")}, true};
  expected.entry_modes.add(core::EntryMode::chip);
  expected.entry_modes.add(core::EntryMode::manual);
  expected.card_presences.add(core::CardPresence::not_present);
  expected.channels.add(core::Channel::atm);
  expected.wallets.add(core::Wallet::apple);
  expected.wallets.add(core::Wallet::google);
  expected.recurrences.add(core::Recurrence::recurring);
  expected.kinds.add(core::Kind::cash);
  expected.kinds.add(core::Kind::quasi_cash);
  EXPECT_EQ(filter, expected);
}

TEST(ControlDefinition, NamesTheWordOfAFilterThatIsWrong) {
  EXPECT_EQ(filter_error("'mccs':['541']"),
            "filter.mccs '541' is neither a code such as 5411, nor a range such as "
            "3000-3299, nor group:NAME");
  EXPECT_EQ(filter_error("'mccs':[5411]"), "filter.mccs must be a list of strings, at least one");
  EXPECT_EQ(filter_error("'mccs':[]"), "filter.mccs must be a list of strings, at least one");
  EXPECT_EQ(filter_error("'mccs':'5411'"), "filter.mccs must be a list of strings, at least one");
  EXPECT_EQ(filter_error("'mccs':{'except':[]}"),
            "filter.mccs.except must be a list of strings, at least one");
  EXPECT_EQ(filter_error("'mccs':{}"),
            "filter.mccs.except must be a list of strings, at least one");
  EXPECT_EQ(filter_error("'mccs':{'except':['5411'],'only':['5412']}"),
            "filter.mccs.only is not a known key");
  EXPECT_EQ(filter_error("'merchants':['']"),
            "filter.merchants '' is not 1 to 32 ASCII characters");
  EXPECT_EQ(filter_error("'merchants':['" + std::string(33, 'm') + "']"),
            "filter.merchants '" + std::string(33, 'm') + "' is not 1 to 32 ASCII characters");
  EXPECT_EQ(filter_of("'merchants':['" + std::string(32, 'm') + "']").merchants.values.size(), 1U);
  EXPECT_EQ(filter_error("'countries':['US']"),
            "filter.countries 'US' is not an ISO 3166-1 code such as USA");
  EXPECT_EQ(filter_error("'countries':['usa']"),
            "filter.countries 'usa' is not an ISO 3166-1 code such as USA");
  EXPECT_EQ(filter_error("'currencies':['XYZ']"),
            "filter.currencies 'XYZ' is not an ISO 4217 code such as USD");
  EXPECT_EQ(filter_error("'wallets':['alipay']"),
            "filter.wallets holds 'alipay', which is none of none, apple, google, samsung, other");
  EXPECT_EQ(filter_error("'wallets':{'except':['apple']}"),
            "filter.wallets must be a list of strings, at least one");
  EXPECT_EQ(filter_error("'mcc':['5411']"), "filter.mcc is not a known key");
}

TEST(ControlDefinition, TakesAtMost128EntriesOfAList) {
  const auto codes = [](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) list += std::string(i == 0 ? "" : ",") + "'5812'";
    return list;
  };
  EXPECT_EQ(filter_of("'mccs':[" + codes(128) + "]").mccs.values.size(), 128U);
  EXPECT_EQ(filter_error("'mccs':[" + codes(129) + "]"),
            "filter.mccs must have at most 128 entries, those of groups counted one by one");
  const auto travel = static_cast<int>(core::mcc_group("travel")->ranges.size());
  EXPECT_EQ(filter_error("'mccs':{'except':[" + codes(129 - travel) + ",'group:travel']}"),
            "filter.mccs.except must have at most 128 entries, those of groups counted one by one");
}

TEST(ControlDefinition, ReadsALimit) {
  const Limit limit = limit_of("'measure':'count','max':0,'per':'month','zone':'Europe/Berlin'");
  EXPECT_EQ(limit.measure, Limit::Measure::count);
  EXPECT_EQ(limit.max, 0);
  EXPECT_EQ(limit.window.period, Period::month);
  EXPECT_EQ(limit.window.zone.view(), "Europe/Berlin");
  EXPECT_EQ(limit.counts, Level::card);

  EXPECT_EQ(limit_of("'measure':'amount','max':999999999999999999,'per':'day'").max,
            core::minor_units_max);
  for (const auto& [word, period] :
       {std::pair{"transaction", Period::transaction}, std::pair{"day", Period::day},
        std::pair{"week", Period::week}, std::pair{"month", Period::month},
        std::pair{"year", Period::year}, std::pair{"lifetime", Period::lifetime}}) {
    EXPECT_EQ(
        limit_of("'measure':'amount','max':1,'per':'" + std::string(word) + "'").window.period,
        period);
  }
}

TEST(ControlDefinition, ALimitCountsItsOwnerUnlessItSaysANarrowerOne) {
  const std::string limit = "'limit':{'measure':'amount','max':1,'per':'lifetime'";
  const auto counts = [](const std::string& text) {
    return std::get<Limit>(read(quoted(text)).control.check).counts;
  };
  EXPECT_EQ(counts("{'id':1,'program':'p'," + limit + "}}"), Level::program);
  EXPECT_EQ(counts("{'id':1,'account':1," + limit + "}}"), Level::account);
  EXPECT_EQ(counts("{'id':1,'program':'p','card':'c'," + limit + "}}"), Level::card);
  EXPECT_EQ(counts("{'id':1,'program':'p'," + limit + ",'counts':'account'}}"), Level::account);
  EXPECT_EQ(counts("{'id':1,'account':1," + limit + ",'counts':'card'}}"), Level::card);
  EXPECT_EQ(error_of("{'id':1,'account':1," + limit + ",'counts':'program'}}"),
            "limit.counts must not be wider than the control's owner, the account");
  EXPECT_EQ(limit_error("'per':'day','counts':'account'"),
            "limit.counts must not be wider than the control's owner, the card");
  EXPECT_EQ(limit_error("'per':'day','counts':'all'"),
            "limit.counts must be one of program, account, card");
}

// The cards of an account may belong to programs in different zones.
TEST(ControlDefinition, ALimitOfAnAccountNamesTheZoneOfItsCalendar) {
  const auto of_account = [](const std::string& window) {
    return error_of("{'id':1,'account':1,'limit':{'measure':'amount','max':1," + window + "}}");
  };
  for (const std::string per : {"day", "week", "month", "year"}) {
    EXPECT_EQ(of_account("'per':'" + per + "'"),
              "limit.zone is required: an account has no time zone of its own");
    EXPECT_EQ(of_account("'per':'" + per + "','zone':'UTC'"), "no error");
    EXPECT_EQ(limit_error("'per':'" + per + "'"), "no error");
  }
  for (const char* per : {"'transaction'", "'lifetime'", "'rolling','rolling':60"}) {
    EXPECT_EQ(of_account("'per':" + std::string(per)), "no error");
  }
}

TEST(ControlDefinition, ReadsTheLengthOfARollingWindow) {
  const auto length = [](const std::string& rolling) {
    return limit_of("'measure':'amount','max':1,'per':'rolling','rolling':" + rolling)
        .window.rolling_s;
  };
  EXPECT_EQ(length("'10s'"), 10);
  EXPECT_EQ(length("10"), 10);
  EXPECT_EQ(length("'5m'"), 300);
  EXPECT_EQ(length("'2h'"), 7'200);
  EXPECT_EQ(length("'31d'"), 31 * 86'400);
  EXPECT_EQ(length("2678400"), 31 * 86'400);
  for (const char* wrong : {"9", "'9s'", "'32d'", "'2678401s'", "2678401", "10.0", "'10'", "'s'",
                            "'1w'", "'1 h'", "'-5m'", "''", "true", "'99999999d'", "-10"}) {
    EXPECT_EQ(limit_error("'per':'rolling','rolling':" + std::string(wrong)),
              "limit.rolling must be a length from 10s to 31d such as 90s, 5m, 2h, or its seconds")
        << wrong;
  }
  EXPECT_EQ(limit_error("'per':'rolling'"),
            "limit.rolling must be a length from 10s to 31d such as 90s, 5m, 2h, or its seconds");
  EXPECT_EQ(limit_error("'per':'day','rolling':60"),
            "limit.rolling must stand with \"per\": \"rolling\" only");
}

TEST(ControlDefinition, RefusesLimitsThatAreNotOne) {
  EXPECT_EQ(card_error("'limit':{}"), "limit must not be empty");
  EXPECT_EQ(card_error("'limit':5"), "limit must be an object");
  EXPECT_EQ(card_error("'limit':{'max':1,'per':'day'}"), "limit.measure is required");
  EXPECT_EQ(card_error("'limit':{'measure':'amount','per':'day'}"), "limit.max is required");
  EXPECT_EQ(card_error("'limit':{'measure':'amount','max':1}"), "limit.per is required");
  EXPECT_EQ(card_error("'limit':{'measure':'sum','max':1,'per':'day'}"),
            "limit.measure must be one of amount, count");
  for (const char* max : {"-1", "1000000000000000000", "1.0", "'1'", "null"}) {
    EXPECT_EQ(card_error("'limit':{'measure':'amount','max':" + std::string(max) + ",'per':'day'}"),
              "limit.max must be an integer from 0 to 999999999999999999")
        << max;
  }
  EXPECT_EQ(limit_error("'per':'hour'"),
            "limit.per must be one of transaction, day, week, month, year, lifetime, rolling");
  EXPECT_EQ(limit_error("'per':'day','zone':'Mars/Olympus'"),
            "limit.zone 'Mars/Olympus' is not a zone of the system's tz database (package tzdata)");
  for (const char* per : {"'transaction'", "'lifetime'", "'rolling','rolling':60"}) {
    EXPECT_EQ(limit_error("'zone':'UTC','per':" + std::string(per)),
              "limit.zone must stand with a day, week, month or year only")
        << per;
  }
  EXPECT_EQ(limit_error("'per':'day','maximum':3"), "limit.maximum is not a known key");
}

TEST(ControlDefinition, ReadsAllow) {
  const auto allow = check_of<core::Allow>("'allow':{'mccs':['5411'],'kinds':['purchase']}");
  EXPECT_EQ(allow.only.mccs.values, (std::vector<core::MccRange>{{5'411, 5'411}}));
  EXPECT_TRUE(allow.only.kinds.contains(core::Kind::purchase));
  EXPECT_FALSE(allow.only.kinds.contains(core::Kind::cash));
  EXPECT_EQ(card_error("'allow':{}"), "allow must not be empty");
  EXPECT_EQ(card_error("'allow':{'mccs':['x']}").substr(0, 15), "allow.mccs 'x' ");
}

TEST(ControlDefinition, ReadsHours) {
  EXPECT_EQ(
      check_of<core::Hours>("'hours':{'days':['mon','fri','sun'],'from':'08:30','until':'18:00'}"),
      (core::Hours{0b101'0001, 8 * 60 + 30, 18 * 60}));
  EXPECT_EQ(check_of<core::Hours>("'hours':{'from':'22:00','until':'06:00'}"),
            (core::Hours{0x7F, 22 * 60, 6 * 60}));
  EXPECT_EQ(check_of<core::Hours>("'hours':{'days':['sat']}"), (core::Hours{0x20, 0, 1'440}));
  EXPECT_EQ(check_of<core::Hours>("'hours':{'from':'23:59','until':'00:01'}"),
            (core::Hours{0x7F, 1'439, 1}));
  EXPECT_EQ(check_of<core::Hours>("'hours':{'from':'00:00','until':'24:00'}"),
            (core::Hours{0x7F, 0, 1'440}));
  EXPECT_EQ(card_error("'hours':{}"), "hours must not be empty");
  EXPECT_EQ(card_error("'hours':{'days':['monday']}"),
            "hours.days holds 'monday', which is none of mon … sun");
  EXPECT_EQ(card_error("'hours':{'days':[]}"),
            "hours.days must be a list of strings, at least one");
  for (const char* from : {"24:00", "8:00", "08:60", "0800", "08:00:00", "ab:cd", "25:00", ""}) {
    EXPECT_EQ(card_error("'hours':{'from':'" + std::string(from) + "'}"),
              "hours.from must be a time from 00:00 to 23:59")
        << from;
  }
  for (const char* until : {"00:00", "24:01", "99:99"}) {
    EXPECT_EQ(card_error("'hours':{'until':'" + std::string(until) + "'}"),
              "hours.until must be a time from 00:01 to 24:00")
        << until;
  }
  EXPECT_EQ(card_error("'hours':{'from':480}"), "hours.from must be a string");
}

TEST(ControlDefinition, ReadsRequire) {
  core::Require expected;
  expected.address.add(core::Verification::match);
  expected.address.add(core::Verification::partial);
  expected.cardholder.add(core::Verification::match);
  EXPECT_EQ(check_of<core::Require>("'require':{'avs':['match','partial'],'three_ds':['match']}"),
            expected);
  core::Require codes;
  codes.security_code.add(core::Verification::absent);
  codes.security_code.add(core::Verification::mismatch);
  EXPECT_EQ(check_of<core::Require>("'require':{'cvv':['absent','mismatch']}"), codes);
  EXPECT_EQ(card_error("'require':{}"), "require must not be empty");
  EXPECT_EQ(card_error("'require':{'avs':['yes']}"),
            "require.avs holds 'yes', which is none of absent, match, partial, mismatch");
  EXPECT_EQ(card_error("'require':{'cvc':['match']}"), "require.cvc is not a known key");
}

TEST(ControlDefinition, ReadsRemovals) {
  const auto removal = [](const std::string& text) {
    const auto json = parse_strict_json(quoted(text));
    return parse_control_removal(json->as_object());
  };
  const auto remove = removal("{'id':3,'account':9}");
  ASSERT_TRUE(remove);
  EXPECT_EQ(remove->control.value, 3);
  EXPECT_EQ(remove->owner.of, decltype(core::Owner::of)(core::AccountId{9}));
  EXPECT_EQ(removal("{'account':9}").error(), "id is required");
  EXPECT_EQ(removal("{'id':3}").error(), "program is required");
  EXPECT_EQ(removal("{'id':3,'account':9,'deny':{}}").error(), "deny is not a known key");
}

}  // namespace
}  // namespace authd
