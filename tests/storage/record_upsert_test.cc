#include "storage/record_upsert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kpid::storage {
namespace {

using testing::HasSubstr;

constexpr ColumnShape kName{"name", TypeOid::kText, ColumnRole::kIdentity, ""};
constexpr ColumnShape kNumber{"number", TypeOid::kInt4, ColumnRole::kContent, ""};
constexpr ColumnShape kText{"text", TypeOid::kText, ColumnRole::kContent, "::jsonb"};

ArrayEncoder Numbers(std::initializer_list<int> values) {  // 0: null.
  ArrayEncoder array(TypeOid::kInt4, values.size());
  for (const int value : values) value == 0 ? array.AppendNull() : array.AppendInt(value);
  return array;
}

ArrayEncoder Texts(std::initializer_list<std::string_view> values) {
  ArrayEncoder array(TypeOid::kText, values.size());
  for (const std::string_view value : values) array.AppendText(value);
  return array;
}

TEST(ColumnForm, IsTheCheapestThatTheValuesAllow) {
  EXPECT_EQ(FormOf(kNumber, Numbers({0})), ColumnForm::kNull);
  EXPECT_EQ(FormOf(kNumber, Numbers({0, 0, 0})), ColumnForm::kNull);
  EXPECT_EQ(FormOf(kNumber, Numbers({7})), ColumnForm::kSame);
  EXPECT_EQ(FormOf(kNumber, Numbers({7, 7, 7})), ColumnForm::kSame);
  EXPECT_EQ(FormOf(kNumber, Numbers({7, 7, 8})), ColumnForm::kByPlace);
  EXPECT_EQ(FormOf(kNumber, Numbers({8, 7, 7})), ColumnForm::kByPlace);
  EXPECT_EQ(FormOf(kNumber, Numbers({7, 7, 0})), ColumnForm::kListed);
  EXPECT_EQ(FormOf(kNumber, Numbers({0, 7})), ColumnForm::kListed);
  EXPECT_EQ(FormOf(kText, Texts({"a", "a"})), ColumnForm::kSame);
  EXPECT_EQ(FormOf(kText, Texts({"", ""})), ColumnForm::kSame) << "empty is not null";
  EXPECT_EQ(FormOf(kText, Texts({"a", "b"})), ColumnForm::kListed);
  EXPECT_EQ(FormOf(kText, Texts({"a", "ab"})), ColumnForm::kListed);
  EXPECT_EQ(FormOf(kText, Texts({"ab", "a", "b"})), ColumnForm::kListed);
}

TEST(ColumnForm, TheIdentityIsAlwaysListed) {
  EXPECT_EQ(FormOf(kName, Texts({"a"})), ColumnForm::kListed);
}

TEST(ArrayEncoder, GivesItsFirstElement) {
  EXPECT_EQ(Numbers({1, 2}).First(), std::string("\0\0\0\1", 4));
  EXPECT_EQ(Texts({"", "b"}).First(), "");
}

// What of a statement depends on how the columns travel.
std::string Source(std::vector<ColumnForm> forms) {
  const std::string sql =
      UpsertSql("things", std::vector<ColumnShape>{kNumber, kName, kText}, forms, "");
  const size_t begin = sql.find(" SELECT ");
  return sql.substr(begin + 1, sql.find(" ON CONFLICT") - begin - 1);
}

TEST(UpsertSql, NumbersTheParametersThatAreSent) {
  using enum ColumnForm;
  EXPECT_EQ(Source({kNull, kListed, kNull}),
            "SELECT NULL, name, NULL FROM unnest($1) WITH ORDINALITY AS given(name, place)");
  EXPECT_EQ(Source({kSame, kListed, kSame}),
            "SELECT $1, name, $3::jsonb FROM unnest($2) WITH ORDINALITY AS given(name, place)");
  EXPECT_EQ(Source({kByPlace, kListed, kListed}),
            "SELECT ($1)[place], name, text::jsonb FROM unnest($2, $3)"
            " WITH ORDINALITY AS given(name, text, place)");
  EXPECT_EQ(Source({kListed, kListed, kNull}),
            "SELECT number, name, NULL FROM unnest($1, $2)"
            " WITH ORDINALITY AS given(number, name, place)");
}

TEST(UpsertSql, ComparesAndSetsAllColumnsWhateverTheirForms) {
  using enum ColumnForm;
  const std::string sql = UpsertSql("things", std::vector<ColumnShape>{kNumber, kName, kText},
                                    std::vector<ColumnForm>{kNull, kListed, kSame}, "name");
  EXPECT_THAT(sql, HasSubstr("INSERT INTO kpid.things AS stored (number, name, text)"));
  EXPECT_THAT(sql, HasSubstr("number = excluded.number, text = excluded.text"));
  EXPECT_THAT(sql, HasSubstr("(stored.number, stored.text) IS DISTINCT FROM"
                             " (excluded.number, excluded.text)"));
  EXPECT_THAT(sql, HasSubstr("RETURNING xmax = 0, name"));
}

}  // namespace
}  // namespace kpid::storage
