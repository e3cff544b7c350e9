#include "store/mirror/pgoutput.h"

#include <gtest/gtest.h>

#include <list>

#include "store/mirror/stream.h"
#include "tests/mirror/messages.h"

namespace authd::store::pgoutput {

namespace {

using test::Bytes;

template <class T>
T decoded(std::string message) {
  static std::list<std::string> kept;  // what is decoded has views of it
  kept.push_back(std::move(message));
  const auto any = decode(bytes_of(kept.back()));
  if (!any || !std::holds_alternative<T>(*any)) {
    ADD_FAILURE() << "not decoded";
    return {};
  }
  return std::get<T>(*any);
}

TEST(Pgoutput, ReadsTheFrameOfATransaction) {
  const auto begin = decoded<Begin>(
      Bytes('B').number(std::uint64_t{0x1'0000'0002}).number(std::int64_t{1}).number(7U).done());
  EXPECT_EQ(begin.commit_lsn, 0x1'0000'0002U);
  EXPECT_EQ(begin.committed_at.unix_us, 946'684'800'000'001);
  EXPECT_EQ(begin.xid, 7U);
  const auto commit = decoded<Commit>(test::commit_message(5, 9));
  EXPECT_EQ(commit.commit_lsn, 5U);
  EXPECT_EQ(commit.end_lsn, 9U);
}

TEST(Pgoutput, ReadsTheShapeOfATable) {
  const auto relation = decoded<Relation>(test::relation_message(3, "card", {"a", "b"}));
  EXPECT_EQ(relation.id, 3U);
  EXPECT_EQ(relation.schema, "authd");
  EXPECT_EQ(relation.name, "card");
  ASSERT_EQ(relation.columns.size(), 2U);
  EXPECT_EQ(relation.columns[1].name, "b");
}

TEST(Pgoutput, TellsNullUnchangedAndEmptyApart) {
  const auto insert =
      decoded<Insert>(Bytes('I').number(3U).letter('N').tuple({"-", "?", "", "x\1"}).done());
  ASSERT_EQ(insert.row.size(), 4U);
  EXPECT_EQ(insert.row[0].kind, Value::Kind::null);
  EXPECT_EQ(insert.row[1].kind, Value::Kind::unchanged);
  EXPECT_EQ(insert.row[2].kind, Value::Kind::text);
  EXPECT_EQ(insert.row[2].text, "");
  EXPECT_EQ(insert.row[3].text, "x\1");
}

TEST(Pgoutput, ReadsBothKindsOfOldRows) {
  const auto plain = decoded<Update>(Bytes('U').number(3U).letter('N').tuple({"1"}).done());
  EXPECT_FALSE(plain.old_key || plain.old_row);
  const auto key = decoded<Update>(
      Bytes('U').number(3U).letter('K').tuple({"1"}).letter('N').tuple({"2"}).done());
  EXPECT_EQ(key.old_key->at(0).text, "1");
  EXPECT_FALSE(key.old_row);
  const auto whole = decoded<Update>(
      Bytes('U').number(3U).letter('O').tuple({"1"}).letter('N').tuple({"2"}).done());
  EXPECT_EQ(whole.old_row->at(0).text, "1");
  EXPECT_EQ(whole.row.at(0).text, "2");
  EXPECT_TRUE(decoded<Delete>(Bytes('D').number(3U).letter('O').tuple({"1"}).done()).is_whole_row);
  EXPECT_FALSE(decoded<Delete>(Bytes('D').number(3U).letter('K').tuple({"1"}).done()).is_whole_row);
}

TEST(Pgoutput, ReadsWhatIsOfNoConcern) {
  EXPECT_EQ(decoded<Origin>(Bytes('O').number(std::uint64_t{4}).text("node").done()).name, "node");
  EXPECT_EQ(decoded<Type>(Bytes('Y').number(4U).text("s").text("t").done()).name, "t");
  const std::string message = Bytes('M')
                                  .number(std::uint8_t{1})
                                  .number(std::uint64_t{4})
                                  .text("p")
                                  .number(std::uint32_t{2})
                                  .letter('a')
                                  .letter('b')
                                  .done();
  EXPECT_EQ(decoded<Message>(message).content, "ab");
  const auto truncate =
      decoded<Truncate>(Bytes('T').number(2U).number(std::uint8_t{1}).number(8U).number(9U).done());
  EXPECT_EQ(truncate.relations, (std::vector<std::uint32_t>{8, 9}));
}

TEST(Pgoutput, RefusesEveryMessageThatIsCutOffOrTooLong) {
  const std::vector<std::string> messages{
      test::begin_message(5, 1),
      test::commit_message(5, 6),
      test::account_relation_message(),
      test::insert_account_message("1"),
      test::delete_account_message("1"),
      Bytes('U').number(3U).letter('O').tuple({"1", "?"}).letter('N').tuple({"2", "-"}).done(),
      Bytes('T').number(2U).number(std::uint8_t{1}).number(8U).number(9U).done(),
      Bytes('O').number(std::uint64_t{4}).text("node").done(),
      Bytes('Y').number(4U).text("s").text("t").done()};
  for (const std::string& message : messages) {
    ASSERT_TRUE(decode(bytes_of(message))) << message[0];
    for (std::size_t size = 0; size < message.size(); ++size) {
      EXPECT_FALSE(decode(bytes_of(message.substr(0, size)))) << message[0] << size;
    }
    EXPECT_FALSE(decode(bytes_of(message + '\0'))) << message[0];
  }
}

TEST(Pgoutput, RefusesWhatItDoesNotKnow) {
  for (const std::string& message : {
           std::string("Z"),                                       // a kind
           Bytes('I').number(3U).letter('K').tuple({"1"}).done(),  // a tuple
           Bytes('I')
               .number(3U)
               .letter('N')
               .number(std::uint16_t{1})
               .letter('b')
               .number(std::uint32_t{1})
               .letter('x')
               .done(),  // binary
           Bytes('I')
               .number(3U)
               .letter('N')
               .number(std::uint16_t{1})
               .letter('t')
               .number(std::int32_t{-1})
               .done(),  // a size
           Bytes('C')
               .number(std::uint8_t{1})
               .number(std::uint64_t{1})
               .number(std::uint64_t{1})
               .number(std::int64_t{0})
               .done(),                                                     // flags
           Bytes('T').number(0xFFFF'FFFFU).number(std::uint8_t{0}).done(),  // more than there is
       }) {
    EXPECT_FALSE(decode(bytes_of(message))) << message;
  }
}

TEST(Pgoutput, AllowsAsManyColumnsAsPostgresql) {
  const auto row = [](std::size_t columns) {
    return Bytes('I').number(3U).letter('N').tuple(std::vector<std::string>(columns, "-")).done();
  };
  EXPECT_TRUE(decode(bytes_of(row(columns_max))));
  EXPECT_FALSE(decode(bytes_of(row(columns_max + 1))));
}

TEST(Stream, ReadsDataAndKeepalives) {
  const std::string data = test::data_message("payload");
  const auto with_data = decode_stream_message(bytes_of(data));
  ASSERT_TRUE(with_data);
  EXPECT_EQ(text_of(std::get<StreamData>(*with_data).payload), "payload");
  const std::string keepalive = test::keepalive_message(0x1'0000'0001, true);
  const auto alive = decode_stream_message(bytes_of(keepalive));
  ASSERT_TRUE(alive);
  EXPECT_EQ(std::get<Keepalive>(*alive).position, 0x1'0000'0001U);
  EXPECT_TRUE(std::get<Keepalive>(*alive).wants_reply);
  EXPECT_FALSE(decode_stream_message(bytes_of(keepalive + "x")));
  EXPECT_FALSE(decode_stream_message(bytes_of(keepalive.substr(0, 17))));
  EXPECT_FALSE(decode_stream_message(bytes_of(test::data_message(""))));
  EXPECT_FALSE(decode_stream_message({}));
}

TEST(Stream, WritesAStatus) {
  const auto status = encode(StreamStatus{3, 2, {946'684'800'000'001}, true});
  const std::string expected = Bytes('r')
                                   .number(std::uint64_t{3})
                                   .number(std::uint64_t{2})
                                   .number(std::uint64_t{2})
                                   .number(std::int64_t{1})
                                   .number(std::uint8_t{1})
                                   .done();
  EXPECT_EQ(text_of(status), expected);
}

}  // namespace

}  // namespace authd::store::pgoutput
