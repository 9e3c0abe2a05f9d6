#include "client/comments_table.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/csv_cell.h"
#include "client/enum_text.h"
#include "client/grouped_number.h"
#include "client/text_width.h"
#include "client/value_text.h"

namespace kpid::client {
namespace {

constexpr char kIndent[] = "  ";

absl::TimeZone ZoneNamed(const std::string& name) {
  absl::TimeZone zone = absl::UTCTimeZone();
  absl::LoadTimeZone(name, &zone);
  return zone;
}

std::string KindText(v1::SurveyKind kind) {
  return EnumText(v1::SurveyKind_Name(kind), "SURVEY_KIND_");
}

std::string ChannelText(v1::Channel channel) {
  return EnumText(v1::Channel_Name(channel), "CHANNEL_");
}

// "csat 4 of 1 to 5".
std::string ScoreText(const v1::SurveyComment& comment) {
  std::string text = KindText(comment.kind());
  if (!comment.has_score()) return text;
  absl::StrAppend(&text, " ", ShortestNumber(comment.score()), " of ",
                  ShortestNumber(comment.scale_minimum()), " to ",
                  ShortestNumber(comment.scale_maximum()));
  return text;
}

// The words of a paragraph in lines that fit.
void AppendParagraph(const std::string& paragraph, size_t width, std::string* text) {
  std::string line;
  size_t line_width = 0;
  const std::vector<std::string> words = absl::StrSplit(paragraph, ' ', absl::SkipWhitespace());
  for (const std::string& word : words) {
    const std::string printable = PrintableText(word);
    const size_t word_width = DisplayWidth(printable);
    if (!line.empty() && line_width + 1 + word_width > width) {
      absl::StrAppend(text, kIndent, line, "\n");
      line.clear();
      line_width = 0;
    }
    if (!line.empty()) line.push_back(' '), ++line_width;
    line += printable;
    line_width += word_width;
  }
  if (!line.empty()) absl::StrAppend(text, kIndent, line, "\n");
}

void AppendComment(const v1::SurveyComment& comment, absl::TimeZone zone, size_t width,
                   std::string* text) {
  absl::StrAppend(text, absl::FormatTime("%Y-%m-%d %H:%M", ToTime(comment.respond_time()), zone),
                  "  ", ScoreText(comment));
  for (const std::string& part : {comment.agent_id(), comment.queue_id(),
                                  ChannelText(comment.channel()), comment.response_id()}) {
    if (!part.empty()) absl::StrAppend(text, "  ", PrintableText(part));
  }
  absl::StrAppend(text, "\n");
  const std::vector<std::string> paragraphs = absl::StrSplit(comment.comment(), '\n');
  for (const std::string& paragraph : paragraphs) {
    AppendParagraph(paragraph, width, text);
  }
}

}  // namespace

std::string CommentsText(const v1::ListSurveyCommentsResponse& response, const std::string& zone,
                         const TableOptions& options) {
  if (response.comments_size() == 0) return "no comments\n";
  const absl::TimeZone time_zone = ZoneNamed(zone);
  const size_t indent = sizeof(kIndent) - 1;
  const size_t width = std::max<size_t>(static_cast<size_t>(options.width), 20 + indent) - indent;
  std::string text;
  for (const v1::SurveyComment& comment : response.comments()) {
    if (!text.empty()) text.push_back('\n');
    AppendComment(comment, time_zone, width, &text);
  }
  if (!response.next_page_token().empty()) {
    absl::StrAppend(&text, "\nThe latest ", GroupedNumber(response.comments_size()),
                    " comments; --limit shows more.\n");
  }
  return text;
}

std::string CommentsCsv(const v1::ListSurveyCommentsResponse& response, const std::string& zone) {
  const absl::TimeZone time_zone = ZoneNamed(zone);
  std::string text =
      "response_id,kind,score,scale_minimum,scale_maximum,respond_time,interaction_id,agent_id,"
      "queue_id,channel,comment\r\n";
  for (const v1::SurveyComment& comment : response.comments()) {
    std::string line;
    AppendGuardedCsvCell(comment.response_id(), &line);
    absl::StrAppend(&line, ",", KindText(comment.kind()), ",",
                    comment.has_score() ? ShortestNumber(comment.score()) : "", ",",
                    ShortestNumber(comment.scale_minimum()), ",",
                    ShortestNumber(comment.scale_maximum()), ",",
                    TimeText(ToTime(comment.respond_time()), time_zone));
    for (const std::string& cell :
         {comment.interaction_id(), comment.agent_id(), comment.queue_id(),
          ChannelText(comment.channel()), comment.comment()}) {
      line.push_back(',');
      AppendGuardedCsvCell(cell, &line);
    }
    absl::StrAppend(&text, line, "\r\n");
  }
  return text;
}

}  // namespace kpid::client
