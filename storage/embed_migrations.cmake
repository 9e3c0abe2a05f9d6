# Writes the migrations into a C++ source: cmake -DOUTPUT=x.cc -DSCRIPTS=a.sql,b.sql -P this.
# A script's name is NNNN_words.sql; its checksum is SHA-256.
string(REPLACE "," ";" SCRIPTS "${SCRIPTS}")
set(entries "")
set(count 0)
foreach(script IN LISTS SCRIPTS)
  get_filename_component(name "${script}" NAME_WE)
  if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_[a-z0-9_]+$")
    message(FATAL_ERROR "not the name of a migration: ${script}")
  endif()
  math(EXPR count "${count} + 1")
  string(REGEX REPLACE "^0+" "" version "${CMAKE_MATCH_1}")
  if(NOT version EQUAL count)
    message(FATAL_ERROR "migrations must be numbered without gaps: ${script}")
  endif()
  file(READ "${script}" text)
  file(SHA256 "${script}" checksum)
  string(APPEND entries "    {${version}, \"${name}\", \"${checksum}\",\n"
         "     R\"kpid_sql(${text})kpid_sql\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Generated from storage/migrations/*.sql.
#include \"storage/migration_scripts.h\"

namespace kpid::storage {
namespace {

constexpr MigrationScript kScripts[] = {
${entries}};

}  // namespace

std::span<const MigrationScript> MigrationScripts() { return kScripts; }

}  // namespace kpid::storage
")
