// Records as JSON: every kind, under keys that stay as they are; and the words that they share with
// the text.

#include "authd/explain/record_json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "authd/explain/report.h"
#include "authd/explain/words.h"
#include "tests/daemon/recorded_world.h"

namespace authd::explain {
namespace {

using core::EventKind;
using test::noon;
using test::purchase;
using test::RecordedWorld;

core::MessageId id(std::string_view text) { return *core::MessageId::from(text); }

TEST(ExplainJson, HasTheSameFiguresUnderStableKeys) {
  RecordedWorld world;
  world.furnish();
  world.apply(core::SetControl{test::card_owner(), test::control(7, test::a_limit(50'00))});
  world.apply(purchase("m-1", 60'00));
  world.flush();
  const auto found = search(world.directory(), {id("m-1"), std::nullopt});
  const auto report = boost::json::parse(report_json(*found, id("m-1"))).as_object();
  EXPECT_EQ(report.at("message"), "m-1");
  EXPECT_EQ(report.at("program"), "demo");
  EXPECT_EQ(report.at("source"), "journal");
  EXPECT_EQ(boost::json::serialize(report.at("searched")),
            R"({"first_sequence":1,"next_sequence":7})");
  EXPECT_EQ(boost::json::serialize(report.at("controls")),
            R"([{"id":7,"program":"demo","card":"card-1","mode":"enforce",)"
            R"("limit":{"measure":"amount","max":5000,"per":"day","counts":"card"},)"
            R"("version":1,"counter":5}])");
  EXPECT_EQ(
      boost::json::serialize(report.at("records")),
      R"([{"sequence":6,"at":"2026-11-02T12:00:00Z","at_unix_us":1793620800000000,)"
      R"("kind":"request","program":"demo","message":"m-1","belongs_to":"","card":"card-1",)"
      R"("request_kind":"purchase","amount":{"minor_units":6000,"currency":"USD"},)"
      R"("cash_back_minor":0,"partial_approval":false,"mcc":5411,"merchant_id":"SHOP-1",)"
      R"("merchant_name":"Corner Shop","merchant_country":"USA","merchant_currency":"",)"
      R"("entry_mode":"unknown","card_presence":"unknown","channel":"unknown","wallet":"none",)"
      R"("recurrence":"unknown","avs":"absent","cvv":"absent","three_ds":"absent",)"
      R"("reason":"amount_limit","approved":{"minor_units":0,"currency":"USD"},)"
      R"("posted_minor":10000,"available_minor":10000,"authorization":0,)"
      R"("explanation":{"decided_by":0,"before":{"posted_minor":10000,"available_minor":10000},)"
      R"("extra_hold_minor":0,"findings":[{"level":"card","control":7,"version":1,)"
      R"("mode":"enforce","check":"limit","passed":false,"limit":5000,"used":0,"asked":6000,)"
      R"("left":-1000,"resets_at":"2026-11-03T00:00:00Z"}]},"exposure_minor":0,)"
      R"("mirror_age_us":0,"past_deadline":false}])");
}

std::string dumped(const store::Record& record) {
  boost::json::object object = record_json(record);
  for (const char* const key : {"sequence", "at", "at_unix_us"}) object.stable_erase(key);
  return boost::json::serialize(object);
}

TEST(RecordJson, KnowsEveryKind) {
  RecordedWorld world;
  core::TimeZone zone;
  zone.name = *core::ZoneName::from("Africa/Cairo");
  zone.transitions = {{0, 7'200}};
  EXPECT_EQ(dumped(world.apply(core::DefineZone{zone})),
            R"({"kind":"zone_defined","zone":"Africa/Cairo",)"
            R"("transitions":[{"from_unix_s":0,"offset_s":7200}],"outcome":"done"})");
  core::Program program = test::a_program();
  program.zone = zone.name;
  program.kyc = core::KycPolicy::not_rejected;
  program.hold_periods = {{{{7011, 7011}}, 30}};
  program.extra_holds = {{{{5812, 5814}}, 2'000, 100}};
  program.exposure_limits = {{test::usd, 5'000}};
  program.mirror_age_max_us = 9;
  EXPECT_EQ(dumped(world.apply(core::ConfigureProgram{program})),
            R"({"kind":"program_configured","program":"demo","zone":"Africa/Cairo",)"
            R"("partial_approval":false,"kyc":"not_rejected","hold_days":7,)"
            R"("hold_periods":[{"mccs":[{"from":7011,"to":7011}],"days":30}],)"
            R"("extra_holds":[{"mccs":[{"from":5812,"to":5814}],"basis_points":2000,)"
            R"("fixed_minor":100}],)"
            R"("exposure_limits":[{"minor_units":5000,"currency":"USD"}],)"
            R"("mirror_age_max_us":9,"outcome":"done"})");
  EXPECT_EQ(dumped(world.apply(core::OpenAccount{test::an_account()})),
            R"({"kind":"account_opened","account":1,"currency":"USD","status":"active",)"
            R"("balance_minor":10000,"overdraft_minor":0,"minimum_minor":0,"kyc":"none",)"
            R"("outcome":"done"})");
  EXPECT_EQ(dumped(world.apply(core::IssueCard{test::a_card()})),
            R"({"kind":"card_issued","program":"demo","card":"card-1","account":1,)"
            R"("status":"active","active_from":"1970-01-01T00:00:00Z",)"
            R"("expires_at":"2027-12-07T12:00:00Z","outcome":"done"})");
  EXPECT_EQ(dumped(world.apply(core::ChangeAccount{
                {1}, core::AccountStatus::active, 300, 20, core::Kyc::verified})),
            R"({"kind":"account_changed","account":1,"status":"active","overdraft_minor":300,)"
            R"("minimum_minor":20,"kyc":"verified","outcome":"done"})");
  EXPECT_EQ(
      dumped(world.apply(core::ChangeCard{test::demo, test::a_card().token,
                                          core::CardStatus::active, noon, core::end_of_time})),
      R"({"kind":"card_changed","program":"demo","card":"card-1","status":"active",)"
      R"("active_from":"2026-11-02T12:00:00Z","expires_at":"never","outcome":"done"})");
  EXPECT_EQ(dumped(world.apply(
                core::SetControl{test::card_owner(), test::control(7, test::a_limit(90'00))})),
            R"({"kind":"control_set","control":{"id":7,"program":"demo","card":"card-1",)"
            R"("mode":"enforce",)"
            R"("limit":{"measure":"amount","max":9000,"per":"day","counts":"card"},)"
            R"("version":1,"counter":7},"outcome":"done"})");
  world.apply(purchase("m-1", 1'00));
  EXPECT_EQ(dumped(world.apply(core::Abandon{test::demo, id("m-1")})),
            R"({"kind":"abandoned","program":"demo","message":"m-1","outcome":"booked",)"
            R"("authorization":8,"account":1,"currency":"USD","held_minor":-100,"posted_minor":0,)"
            R"("pending_credit_minor":0,"unasked":false,"over_captured":false,"late":false,)"
            R"("ghost":true,"below_zero":false})");
  EXPECT_EQ(
      dumped(world.apply(test::event(EventKind::cleared, "n-1", "m-1", 2'00))),
      R"({"kind":"event","program":"demo","notice":"n-1","belongs_to":"m-1","about":"",)"
      R"("card":"card-1","event_kind":"cleared","request_kind":"purchase",)"
      R"("amount":{"minor_units":200,"currency":"USD"},"final":false,"timed_out":false,"mcc":0,)"
      R"("merchant_id":"","merchant_name":"","merchant_country":"","merchant_currency":"",)"
      R"("entry_mode":"unknown","card_presence":"unknown","channel":"unknown","wallet":"none",)"
      R"("recurrence":"unknown","avs":"absent","cvv":"absent","three_ds":"absent",)"
      R"("outcome":"booked","authorization":8,"account":1,"currency":"USD","held_minor":0,)"
      R"("posted_minor":-200,"pending_credit_minor":0,"unasked":true,"over_captured":false,)"
      R"("late":false,"ghost":false,"below_zero":false})");
  EXPECT_EQ(dumped(world.apply(core::RemoveControl{test::card_owner(), {7}})),
            R"({"kind":"control_removed","control":{"program":"demo","card":"card-1","id":7},)"
            R"("outcome":"done"})");
  EXPECT_EQ(dumped(world.apply(core::ExpireNext{}, test::after(noon, core::s_per_day))),
            R"({"kind":"expiry","outcome":"nothing","authorization":0,"account":0,)"
            R"("currency":"","held_minor":0,"posted_minor":0,"pending_credit_minor":0,)"
            R"("unasked":false,"over_captured":false,"late":false,"ghost":false,)"
            R"("below_zero":false})");
}

TEST(RecordJson, KnowsTransfers) {
  RecordedWorld world;
  world.furnish();
  const core::Money amount{30'00, test::usd};
  const auto wire = core::TransferKind::wire;
  EXPECT_EQ(
      dumped(world.apply(core::MoveMoney{test::demo, id("w-1"), wire, {1}, {}, amount, true})),
      R"({"kind":"transfer_begun","program":"demo","transfer":"w-1","transfer_kind":"wire",)"
      R"("from":1,"to":null,"amount":{"minor_units":3000,"currency":"USD"},"reserve":true,)"
      R"("mirrored":false,"outcome":"done","status":"reserved","reason":"approved",)"
      R"("begun_by":5,"from_held_minor":3000,"from_posted_minor":0,"to_posted_minor":0})");
  EXPECT_EQ(dumped(world.apply(
                core::AdvanceTransfer{test::demo, id("w-1"), core::TransferStatus::posted})),
            R"({"kind":"transfer_advanced","program":"demo","transfer":"w-1",)"
            R"("transfer_kind":"wire","from":1,"to":null,)"
            R"("amount":{"minor_units":3000,"currency":"USD"},"reserve":true,)"
            R"("mirrored":false,"outcome":"done","status":"posted","reason":"approved",)"
            R"("begun_by":5,"from_held_minor":-3000,"from_posted_minor":-3000,)"
            R"("to_posted_minor":0})");
  const auto top_up = core::TransferKind::top_up;
  EXPECT_EQ(dumped(world.apply(
                core::MoveMoney{test::demo, id("c-1"), top_up, {}, {9}, amount, false, true})),
            R"({"kind":"transfer_begun","program":"demo","transfer":"c-1",)"
            R"("transfer_kind":"top_up","from":null,"to":9,)"
            R"("amount":{"minor_units":3000,"currency":"USD"},"reserve":false,)"
            R"("mirrored":true,"outcome":"done","status":"declined","reason":"account_unknown",)"
            R"("begun_by":7,"from_held_minor":0,"from_posted_minor":0,"to_posted_minor":0})");
}

TEST(RecordJson, KnowsWhatIsMirrored) {
  RecordedWorld world;
  world.furnish();
  core::Account account = test::an_account();
  account.kyc = core::Kyc::pending;
  account.posted_minor = 7;
  EXPECT_EQ(dumped(world.apply(core::MirrorAccount{account})),
            R"({"kind":"account_mirrored","account":1,"currency":"USD","status":"active",)"
            R"("balance_minor":7,"overdraft_minor":0,"minimum_minor":0,"kyc":"pending",)"
            R"("outcome":"done"})");
  core::Card card = test::a_card();
  card.status = core::CardStatus::frozen;
  EXPECT_EQ(dumped(world.apply(core::MirrorCard{card})),
            R"({"kind":"card_mirrored","program":"demo","card":"card-1","account":1,)"
            R"("status":"frozen","active_from":"1970-01-01T00:00:00Z",)"
            R"("expires_at":"2027-12-07T12:00:00Z","outcome":"done"})");
  core::Control control = test::control(7, test::a_limit(90'00));
  control.version = 3;
  control.counter = {44};
  EXPECT_EQ(dumped(world.apply(core::MirrorControl{test::card_owner(), control})),
            R"({"kind":"control_mirrored","control":{"id":7,"program":"demo","card":"card-1",)"
            R"("mode":"enforce",)"
            R"("limit":{"measure":"amount","max":9000,"per":"day","counts":"card"},)"
            R"("version":3,"counter":44},"outcome":"done"})");
  EXPECT_EQ(dumped(world.apply(core::MirrorRemoval{test::card_owner(), {7}})),
            R"({"kind":"control_removal_mirrored",)"
            R"("control":{"program":"demo","card":"card-1","id":7},"outcome":"done"})");
  core::MirrorMark mark{1, 2, 0xABCD, {}};
  mark.incarnation = {0x01, 0xA2};
  EXPECT_EQ(dumped(world.apply(mark)),
            R"({"kind":"mirror_marked","system_id":1,"timeline":2,"end_lsn":43981,)"
            R"("incarnation":"01a20000000000000000000000000000","outcome":"done"})");
}

TEST(RecordJson, ARuleHasNoFigures) {
  RecordedWorld world;
  world.furnish();
  world.apply(
      core::SetControl{test::program_owner(), test::control(5, core::Deny{}, core::Mode::shadow)});
  EXPECT_EQ(boost::json::serialize(to_json(world.apply(purchase("m-1", 1)).explanation)),
            R"({"decided_by":null,"before":{"posted_minor":10000,"available_minor":10000},)"
            R"("extra_hold_minor":0,"findings":[{"level":"program","control":5,"version":1,)"
            R"("mode":"shadow","check":"deny","passed":false}]})");
}

TEST(Words, TellMomentsAndMoney) {
  EXPECT_EQ(utc(noon), "2026-11-02T12:00:00Z");
  EXPECT_EQ(utc({noon.unix_us + 1}), "2026-11-02T12:00:00.000001Z");
  EXPECT_EQ(utc({-1}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(utc(core::end_of_time), "never");
  EXPECT_EQ(money(-5, test::usd), "-0.05 USD");
  EXPECT_EQ(money(5, *core::Currency::from_alpha("JPY")), "5 JPY");
  EXPECT_EQ(change(5, test::usd), "+0.05 USD");
  EXPECT_EQ(change(-5, test::usd), "-0.05 USD");
  EXPECT_EQ(change(0, test::usd), "0.00 USD");
}

TEST(Words, CleanWhatATerminalWouldObey) {
  EXPECT_EQ(clean("Caf\xC3\xA9 1"), "Caf\xC3\xA9 1");
  EXPECT_EQ(clean("a\x1B[2Jb\x7F"), "a\xEF\xBF\xBD[2Jb\xEF\xBF\xBD");
  EXPECT_EQ(clean("\xC2\x9B"
                  "2J"),
            "\xEF\xBF\xBD"
            "2J");                           // CSI as one character
  EXPECT_EQ(clean("\xC2\xA0"), "\xC2\xA0");  // the first that is none
  EXPECT_EQ(clean("a\xFF"), "a\xEF\xBF\xBD");
}

TEST(Words, KnowEveryReasonAndCheck) {
  for (const core::Reason reason : core::all_reasons()) {
    EXPECT_FALSE(meaning(reason).empty()) << core::name(reason);
  }
  for (int kind = 1; kind <= static_cast<int>(core::check_kind_last); ++kind) {
    EXPECT_FALSE(meaning(static_cast<core::CheckKind>(kind)).empty()) << kind;
  }
}

TEST(Words, NameEveryOutcomeOfATransfer) {
  std::set<std::string_view> names;
  for (int origin = 1; origin <= static_cast<int>(core::Moved::Origin::refused); ++origin) {
    names.insert(name(static_cast<core::Moved::Origin>(origin)));
  }
  for (int fault = 0; fault <= static_cast<int>(core::Moved::Fault::out_of_range); ++fault) {
    names.insert(name(static_cast<core::Moved::Fault>(fault)));
  }
  EXPECT_EQ(names.size(), 9U);
}

}  // namespace
}  // namespace authd::explain
