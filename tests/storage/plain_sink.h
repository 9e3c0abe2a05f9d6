// A store of facts that is nothing but maps, and what is in the database by a plain read.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/fact_sink.h"
#include "storage/feed_names.h"
#include "storage/feed_tables.h"
#include "storage/feed_transaction.h"

namespace kpid::storage {

// Table and row key, and all of the fact in words: what two stores are compared by. Codes of
// attributes are the store's own, so they are spelled out; a conversation of one interaction is
// none.
using FactTexts = std::map<std::string, std::string>;

class PlainSink : public FactSink {
 public:
  void Apply(metrics::FactChanges changes) override {
    const std::lock_guard lock(mutex_);
    ++applied_;
    Merge(&interactions_, &changes.interactions);
    Merge(&surveys_, &changes.surveys);
    Merge(&evaluations_, &changes.quality_evaluations);
    Merge(&activities_, &changes.agent_activities);
    Merge(&plans_, &changes.scheduled_activities);
    Merge(&tickets_, &changes.tickets);
    Merge(&costs_, &changes.costs);
    if (changes.dictionaries) dictionaries_ = *std::move(changes.dictionaries);
    for (const metrics::NameChange& name : changes.names) {
      (dictionaries_.*name.dictionary).Set(name.code, name.name, name.display_name);
    }
    if (changes.roster) roster_ = *std::move(changes.roster);
    if (changes.employments) employments_ = *std::move(changes.employments);
    watermark_ = changes.data_watermark;
    current_ = nullptr;
  }

  void Forget(metrics::Instant before) override {
    const std::lock_guard lock(mutex_);
    forgotten_ = before;
    std::erase_if(interactions_, [&](const auto& entry) {
      const metrics::InteractionFact& fact = entry.second;
      return fact.arrive < before && fact.end.value_or(fact.answer.value_or(fact.arrive)) < before;
    });
    current_ = nullptr;
  }

  std::shared_ptr<const metrics::FactSnapshot> Current() const override {
    const std::lock_guard lock(mutex_);
    if (current_ == nullptr) current_ = Build();
    return current_;
  }

  // As if each interaction took 100 bytes.
  int64_t memory_bytes() const override {
    const std::lock_guard lock(mutex_);
    return static_cast<int64_t>(interactions_.size()) * 100;
  }

  int64_t applied() const {
    const std::lock_guard lock(mutex_);
    return applied_;
  }
  metrics::Instant forgotten() const { return forgotten_; }
  metrics::Instant watermark() const { return watermark_; }
  const metrics::Dictionaries& dictionaries() const { return dictionaries_; }
  std::map<int64_t, metrics::InteractionFact>& interactions() { return interactions_; }

  FactTexts Texts() const {
    const std::lock_guard lock(mutex_);
    std::map<metrics::Code, int> conversations;
    for (const auto& [key, fact] : interactions_) ++conversations[fact.conversation];
    FactTexts texts;
    for (const auto& [key, fact] : interactions_) {
      texts[absl::StrCat("interaction ", key)] = Text(fact, conversations);
    }
    for (const auto& [key, fact] : surveys_) texts[absl::StrCat("survey ", key)] = Text(fact);
    for (const auto& [key, fact] : evaluations_) texts[absl::StrCat("quality ", key)] = Text(fact);
    for (const auto& [key, fact] : activities_) texts[absl::StrCat("activity ", key)] = Text(fact);
    for (const auto& [key, fact] : plans_) texts[absl::StrCat("plan ", key)] = Text(fact);
    for (const auto& [key, fact] : tickets_) texts[absl::StrCat("ticket ", key)] = Text(fact);
    for (const auto& [key, fact] : costs_) texts[absl::StrCat("cost ", key)] = Text(fact);
    for (const metrics::EmploymentFact& fact : employments_) {
      texts[absl::StrCat("employment ", AgentName(fact.agent))] =
          absl::StrCat(fact.hire ? fact.hire->time_since_epoch().count() : -1, " ",
                       fact.leave ? fact.leave->time_since_epoch().count() : -1);
    }
    return texts;
  }

  size_t size() const { return Texts().size(); }

 private:
  template <typename Fact>
  static void Merge(std::map<int64_t, Fact>* facts, metrics::KindChanges<Fact>* changes) {
    if (changes->replaced) facts->clear();
    for (const int64_t key : changes->deleted) facts->erase(key);
    for (Fact& fact : changes->upserted) {
      const int64_t key = fact.row_key;
      facts->insert_or_assign(key, std::move(fact));
    }
  }

  template <typename Fact>
  static std::vector<Fact> Values(const std::map<int64_t, Fact>& facts) {
    std::vector<Fact> values;
    for (const auto& [key, fact] : facts) values.push_back(fact);
    return values;
  }

  std::shared_ptr<const metrics::FactSnapshot> Build() const {
    metrics::FactSnapshot::Builder builder;
    builder.AddInteractions(Values(interactions_));
    builder.AddSurveys(Values(surveys_));
    builder.AddQualityEvaluations(Values(evaluations_));
    builder.AddAgentActivities(Values(activities_));
    builder.AddScheduledActivities(Values(plans_));
    builder.AddTickets(Values(tickets_));
    std::vector<metrics::CostFact> costs = Values(costs_);
    std::erase_if(costs, [](const metrics::CostFact& cost) { return cost.end <= cost.start; });
    builder.AddCosts(std::move(costs));
    builder.SetDictionaries(dictionaries_);
    builder.SetRoster(roster_);
    builder.SetEmployments(employments_);
    builder.SetDataWatermark(watermark_);
    return builder.Build();
  }

  static std::string Text(const std::optional<metrics::Instant>& instant) {
    return instant ? absl::StrCat(instant->time_since_epoch().count()) : "-";
  }
  static std::string Text(const std::optional<metrics::Duration>& duration) {
    return duration ? absl::StrCat(duration->count()) : "-";
  }
  std::string AgentName(metrics::Code code) const {
    return std::string(dictionaries_.agents.Name(code));
  }
  std::string QueueName(metrics::Code code) const {
    return std::string(dictionaries_.queues.Name(code));
  }
  std::string Text(const metrics::InteractionFact& fact,
                   const std::map<metrics::Code, int>& conversations) const {
    std::string text = absl::StrCat(
        fact.customer, " ", conversations.at(fact.conversation) > 1 ? fact.conversation : 0, " ",
        fact.case_code, " ", QueueName(fact.queue), " ", AgentName(fact.agent), " ",
        static_cast<int>(fact.channel), static_cast<int>(fact.direction),
        static_cast<int>(fact.outcome), static_cast<int>(fact.resolution));
    absl::StrAppend(&text, " ", Text(std::optional(fact.arrive)), " ", Text(fact.enqueue), " ",
                    Text(fact.answer), " ", Text(fact.end), " ", Text(fact.talk), " ",
                    Text(fact.hold), " ", Text(fact.wrap_up), " ",
                    fact.revenue ? fact.revenue->micros : -1);
    for (const metrics::AttributeFact& attribute : fact.attributes) {
      absl::StrAppend(&text, " ",
                      std::string(dictionaries_.attribute_keys.Name(attribute.key)), "=",
                      std::string(dictionaries_.attribute_values.Name(attribute.value)));
    }
    return text;
  }
  std::string Text(const metrics::SurveyFact& fact) const {
    return absl::StrCat(static_cast<int>(fact.kind), " ", fact.score_thousandths.value_or(-1), " ",
                        Text(fact.invite), " ", Text(fact.respond), " ", fact.customer, " ",
                        QueueName(fact.queue), " ", AgentName(fact.agent), " ",
                        static_cast<int>(fact.channel), static_cast<int>(fact.direction));
  }
  std::string Text(const metrics::QualityFact& fact) const {
    std::string text =
        absl::StrCat(Text(std::optional(fact.evaluate)), " ", AgentName(fact.agent), " ",
                     QueueName(fact.queue), " ", static_cast<int>(fact.channel),
                     static_cast<int>(fact.direction));
    for (const metrics::QualityFact::Item& item : fact.items) {
      absl::StrAppend(&text, " ", std::string(dictionaries_.quality_categories.Name(item.category)),
                      ":", item.score_thousandths);
    }
    return text;
  }
  std::string Text(const metrics::AgentActivityFact& fact) const {
    return absl::StrCat(AgentName(fact.agent), " ", static_cast<int>(fact.state), " ",
                        Text(std::optional(fact.start)), " ", Text(fact.end));
  }
  std::string Text(const metrics::ScheduledActivityFact& fact) const {
    return absl::StrCat(AgentName(fact.agent), " ", static_cast<int>(fact.state), " ",
                        Text(std::optional(fact.start)), " ", Text(std::optional(fact.end)));
  }
  std::string Text(const metrics::TicketFact& fact) const {
    return absl::StrCat(fact.customer, " ", AgentName(fact.agent), " ", QueueName(fact.queue), " ",
                        std::string(dictionaries_.priorities.Name(fact.priority)), " ",
                        Text(std::optional(fact.open)), " ", Text(fact.last_resolve), " ",
                        fact.reopen_count);
  }
  std::string Text(const metrics::CostFact& fact) const {
    return absl::StrCat(QueueName(fact.queue), " ", fact.amount.micros, " ",
                        std::string(dictionaries_.currencies.Name(fact.amount.currency)), " ",
                        std::string(dictionaries_.groups.Name(fact.group)), " ",
                        Text(std::optional(fact.start)), " ", Text(std::optional(fact.end)));
  }

  mutable std::mutex mutex_;
  std::map<int64_t, metrics::InteractionFact> interactions_;
  std::map<int64_t, metrics::SurveyFact> surveys_;
  std::map<int64_t, metrics::QualityFact> evaluations_;
  std::map<int64_t, metrics::AgentActivityFact> activities_;
  std::map<int64_t, metrics::ScheduledActivityFact> plans_;
  std::map<int64_t, metrics::TicketFact> tickets_;
  std::map<int64_t, metrics::CostFact> costs_;
  metrics::Dictionaries dictionaries_;
  metrics::Roster roster_;
  std::vector<metrics::EmploymentFact> employments_;
  metrics::Instant watermark_{};
  metrics::Instant forgotten_ = metrics::Instant::min();
  int64_t applied_ = 0;
  mutable std::shared_ptr<const metrics::FactSnapshot> current_;
};

// What a plain read of all tables finds, in the snapshot of a name ("": now). Nothing when a
// table that somebody waits to rewrite keeps it out.
inline std::optional<FactTexts> StoredTextsAt(const std::string& url, const std::string& exported) {
  SessionOptions options;
  options.url = url;
  options.connect_timeout = std::chrono::seconds(60);
  options.settings = kFeedLoadSessionSettings;
  auto session = Session::Open(options, {});
  EXPECT_TRUE(session.ok()) << session.status();
  if (!session.ok()) return std::nullopt;
  auto transaction =
      exported.empty()
          ? Transaction::Begin(
                session->get(),
                {"test_begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}, {})
          : FeedTransaction::Join(session->get(), exported, {});
  if (!transaction.ok()) return std::nullopt;
  PlainSink sink;
  metrics::FactChanges changes;
  ReplaceAll(&changes);
  FeedNames names;
  absl::Status status = names.Refresh(session->get(), {"all", "all", "all"}, true, {}, &changes);
  FeedRows rows;
  rows.names = &names.dictionaries();
  rows.attributes = &names.attributes();
  rows.own_conversations = true;
  for (const FeedTable& table : FeedTables()) {
    if (!status.ok()) break;
    status = CopyFeedRows(session->get(), table, "true", {}, &rows, &changes,
                          [] { return absl::OkStatus(); });
  }
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_FALSE(rows.unknown_name);
  sink.Apply(std::move(changes));
  return sink.Texts();
}

inline FactTexts StoredTexts(const std::string& url) {
  const auto texts = StoredTextsAt(url, "");
  EXPECT_TRUE(texts.has_value());
  return texts.value_or(FactTexts());
}

// The first differences, in words; empty when there are none.
inline std::string DifferenceOf(const FactTexts& resident, const FactTexts& stored) {
  std::string text;
  int differences = 0;
  const auto add = [&](const std::string& key, const std::string& held, const std::string& kept) {
    if (++differences > 5) return;
    absl::StrAppend(&text, key, ": resident ", held, ", stored ", kept, "\n");
  };
  for (const auto& [key, value] : resident) {
    const auto found = stored.find(key);
    if (found == stored.end()) {
      add(key, value, "nothing");
    } else if (found->second != value) {
      add(key, value, found->second);
    }
  }
  for (const auto& [key, value] : stored) {
    if (!resident.contains(key)) add(key, "nothing", value);
  }
  if (differences > 0) absl::StrAppend(&text, differences, " differences");
  return text;
}

}  // namespace kpid::storage
