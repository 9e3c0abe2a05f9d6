#include <libpq-fe.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "server/configuration.h"
#include "server/join_text.h"
#include "toml++/toml.h"

namespace kpid::server {
namespace {

constexpr std::string_view kEnvironmentPrefix = "KPID_";
constexpr std::string_view kFileVariable = "KPID_CONFIG";
constexpr std::string_view kClientVariables[] = {"KPID_SERVER", "KPID_ZONE"};
// Kubernetes gives pods such variables for every service; ours may well be called kpid.
constexpr std::string_view kKubernetesPrefixes[] = {"KPID_SERVICE_", "KPID_PORT"};

const Setting* FindSetting(std::string_view name) {
  for (const Setting& setting : Settings()) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

bool IsForeignVariable(std::string_view name) {
  if (name == kFileVariable) return true;
  if (std::find(std::begin(kClientVariables), std::end(kClientVariables), name) !=
      std::end(kClientVariables)) {
    return true;
  }
  for (const std::string_view prefix : kKubernetesPrefixes) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

// Settings among the environment, and the file it names.
absl::Status ReadEnvironment(const std::vector<std::string>& environment, SettingTexts* texts,
                             std::string* file) {
  for (const std::string& entry : environment) {
    if (!entry.starts_with(kEnvironmentPrefix)) continue;
    const size_t equals = entry.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = entry.substr(0, equals);
    const std::string value = entry.substr(equals + 1);
    if (name == kFileVariable && file->empty()) *file = value;
    const std::string setting = absl::AsciiStrToLower(name.substr(kEnvironmentPrefix.size()));
    const Setting* known = FindSetting(setting);
    if (known != nullptr && known->EnvironmentName() == name) {
      (*texts)[setting] = value;
    } else if (!IsForeignVariable(name)) {
      return absl::InvalidArgumentError(
          JoinText("environment variable ", name, " is not a setting; see kpid serve --help"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TextOfNode(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return JoinText(number->get());
  if (const auto* number = node.as_floating_point()) return JoinText(number->get());
  if (const auto* boolean = node.as_boolean())
    return std::string(boolean->get() ? "true" : "false");
  return absl::InvalidArgumentError("must be text, a number, true or false");
}

absl::StatusOr<SettingTexts> ReadTomlFile(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return absl::NotFoundError(JoinText("cannot read the file ", file));
  SettingTexts texts;
  try {
    const toml::table table = toml::parse(stream, file);
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      const std::string where = JoinText(file, ":", node.source().begin.line, ": ", name, " ");
      if (FindSetting(name) == nullptr) {
        return absl::InvalidArgumentError(
            JoinText(where, "is not a setting; see kpid serve --help"));
      }
      auto text = TextOfNode(node);
      if (!text.ok())
        return absl::InvalidArgumentError(JoinText(where, StdView(text.status().message())));
      texts[name] = *std::move(text);
    }
  } catch (const toml::parse_error& error) {
    return absl::InvalidArgumentError(JoinText(
        file, ":", error.source().begin.line, ": is not TOML: ", std::string(error.description())));
  }
  return texts;
}

absl::Status Apply(const SettingTexts& texts, Source source, LoadedConfiguration* loaded) {
  for (const auto& [name, text] : texts) {
    const Setting* setting = FindSetting(name);
    if (setting == nullptr) {
      return absl::InvalidArgumentError(JoinText(name, " is not a setting"));
    }
    if (absl::Status status = setting->set(text, &loaded->configuration); !status.ok()) {
      const std::string shown = setting->secret ? "" : JoinText(" = ", text);
      return absl::InvalidArgumentError(
          JoinText(name, shown, " (", SourceName(source), ") ", StdView(status.message())));
    }
    loaded->sources[name] = source;
  }
  return absl::OkStatus();
}

absl::Status ReadDatabaseUrlFile(LoadedConfiguration* loaded) {
  Configuration& configuration = loaded->configuration;
  if (configuration.database_url_file.empty()) return absl::OkStatus();
  if (!configuration.database_url.empty()) {
    return absl::InvalidArgumentError("database_url and database_url_file are both given");
  }
  std::ifstream stream(configuration.database_url_file, std::ios::binary);
  if (!stream) {
    return absl::NotFoundError(
        JoinText("cannot read database_url_file ", configuration.database_url_file));
  }
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  configuration.database_url = std::string(absl::StripAsciiWhitespace(text));
  if (configuration.database_url.empty()) {
    return absl::InvalidArgumentError("database_url_file is empty");
  }
  loaded->sources["database_url"] = Source::kFile;
  return absl::OkStatus();
}

}  // namespace

std::string_view SourceName(Source source) {
  switch (source) {
    case Source::kDefault:
      return "default";
    case Source::kFile:
      return "file";
    case Source::kEnvironment:
      return "environment";
    case Source::kFlag:
      return "flag";
  }
  return "";
}

absl::StatusOr<LoadedConfiguration> LoadConfiguration(const SettingTexts& flags,
                                                      const std::vector<std::string>& environment,
                                                      const std::string& file) {
  LoadedConfiguration loaded;
  SettingTexts environment_texts;
  std::string file_used = file;
  if (absl::Status status = ReadEnvironment(environment, &environment_texts, &file_used);
      !status.ok()) {
    return status;
  }
  if (!file_used.empty()) {
    auto file_texts = ReadTomlFile(file_used);
    if (!file_texts.ok()) return file_texts.status();
    if (absl::Status status = Apply(*file_texts, Source::kFile, &loaded); !status.ok()) {
      return status;
    }
  }
  absl::Status status = Apply(environment_texts, Source::kEnvironment, &loaded);
  if (status.ok()) status = Apply(flags, Source::kFlag, &loaded);
  if (status.ok()) status = ReadDatabaseUrlFile(&loaded);
  if (status.ok()) status = loaded.configuration.Validate();
  if (!status.ok()) return status;
  return loaded;
}

std::string ConfigurationText(const LoadedConfiguration& loaded) {
  std::string text;
  std::string_view group;
  for (const Setting& setting : Settings()) {
    if (setting.group != group) {
      group = setting.group;
      AppendText(&text, text.empty() ? "" : "\n", "# ", group, "\n");
    }
    std::string value = setting.get(loaded.configuration);
    if (setting.secret) value = MaskDatabaseUrl(value);
    const auto source = loaded.sources.find(setting.name);
    const bool bare =
        value == "true" || value == "false" ||
        (!value.empty() && std::all_of(value.begin(), value.end(), absl::ascii_isdigit));
    AppendText(&text, setting.name == "drain_delay" && value.empty() ? "# " : "", setting.name,
               " = ");
    AppendText(&text, bare ? value : JoinText("\"", absl::Utf8SafeCEscape(value), "\""), "  # ",
               SourceName(source == loaded.sources.end() ? Source::kDefault : source->second),
               "\n");
  }
  return text;
}

std::string MaskDatabaseUrl(const std::string& url) {
  if (url.empty()) return {};
  // libpq itself says what is what, so that no way of writing a password slips through.
  PQconninfoOption* options = PQconninfoParse(url.c_str(), nullptr);
  if (options == nullptr) return "***";
  std::string text;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword;
    const bool secret = std::string_view(option->dispchar).find('*') != std::string_view::npos ||
                        keyword.find("password") != std::string_view::npos;
    AppendText(&text, text.empty() ? "" : " ", keyword, "=", secret ? "***" : option->val);
  }
  PQconninfoFree(options);
  return text;
}

}  // namespace kpid::server
