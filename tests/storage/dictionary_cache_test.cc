#include "storage/dictionary_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace kpid::storage {
namespace {

BatchNames Customers(const std::vector<std::string>& names, const std::string& fingerprint = "") {
  BatchNames batch;
  for (const std::string& name : names) batch.Add(DictionaryKind::kCustomers, name);
  batch.set_fingerprint(fingerprint);
  return batch;
}

TEST(BatchNames, HasEachNameOnceAndNoEmptyOne) {
  const std::vector<std::string> names = {"a", "b", "a", ""};
  const BatchNames batch = Customers(names);
  EXPECT_EQ(batch.keys(DictionaryKind::kCustomers).size(), 2u);
  EXPECT_EQ(batch.Key(DictionaryKind::kCustomers, ""), 0);
}

TEST(BatchNames, AttributesArePairs) {
  BatchNames batch;
  batch.AddAttribute("a", "bc");
  batch.AddAttribute("ab", "c");
  batch.AddAttribute("a", "bc");
  EXPECT_EQ(batch.keys(DictionaryKind::kAttributes).size(), 2u);
  for (auto& [name, key] : batch.keys(DictionaryKind::kAttributes)) {
    key = static_cast<DictionaryKey>(name.find('\0'));
  }
  EXPECT_EQ(batch.AttributeKey("a", "bc"), 1);
  EXPECT_EQ(batch.AttributeKey("ab", "c"), 2);
}

TEST(DictionaryCache, FillsWhatItKnows) {
  DictionaryCache cache;
  cache.SetFingerprint("f");
  const std::vector<std::string> known_names = {"a"};
  BatchNames known = Customers(known_names, "f");
  known.keys(DictionaryKind::kCustomers)["a"] = 7;
  cache.Add(known);
  const std::vector<std::string> asked_names = {"a", "b"};
  BatchNames asked = Customers(asked_names);
  EXPECT_EQ(cache.Fill(&asked), 1u);
  EXPECT_EQ(asked.Key(DictionaryKind::kCustomers, "a"), 7);
  EXPECT_EQ(asked.Key(DictionaryKind::kCustomers, "b"), 0);
  EXPECT_EQ(asked.fingerprint(), "f");
}

TEST(DictionaryCache, ForgetsWhenTheDatabaseIsAnother) {
  DictionaryCache cache;
  cache.SetFingerprint("f");
  const std::vector<std::string> names = {"a"};
  BatchNames batch = Customers(names, "f");
  batch.keys(DictionaryKind::kCustomers)["a"] = 7;
  cache.Add(batch);
  cache.SetFingerprint("g");
  EXPECT_EQ(cache.Fill(&batch), 1u);
  // Keys of the database that was come late.
  batch.set_fingerprint("f");
  cache.Add(batch);
  batch.ForgetKeys();
  EXPECT_EQ(cache.Fill(&batch), 1u);
}

TEST(DictionaryCache, KeepsTwoGenerationsOfTheNamesInUse) {
  DictionaryCache cache(10);
  cache.SetFingerprint("f");
  const std::vector<std::string> used = {"used"};
  for (int i = 0; i < 100; ++i) {
    const std::vector<std::string> names = {"used", "once" + std::to_string(i)};
    BatchNames batch = Customers(names, "f");
    cache.Fill(&batch);
    for (auto& [name, key] : batch.keys(DictionaryKind::kCustomers)) key = 1 + i;
    cache.Add(batch);
    BatchNames again = Customers(used);
    EXPECT_EQ(cache.Fill(&again), 0u) << i;
  }
  const std::vector<std::string> first = {"once0"};
  BatchNames gone = Customers(first);
  EXPECT_EQ(cache.Fill(&gone), 1u);
}

}  // namespace
}  // namespace kpid::storage
