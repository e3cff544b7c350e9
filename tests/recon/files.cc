#include "files.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>

namespace authd::recon {

TemporaryFile::TemporaryFile(std::string_view content) {
  std::string path = (std::filesystem::temp_directory_path() / "authd-recon-XXXXXX").string();
  const int descriptor = ::mkstemp(path.data());
  EXPECT_GE(descriptor, 0);
  path_ = path;
  while (!content.empty()) {
    const ssize_t count = ::write(descriptor, content.data(), content.size());
    if (count <= 0) {
      ADD_FAILURE() << "cannot write " << path;
      break;
    }
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  ::close(descriptor);
}

TemporaryFile::~TemporaryFile() { std::filesystem::remove(path_); }

std::string gzip(std::string_view content) {
  z_stream zlib{};
  EXPECT_EQ(deflateInit2(&zlib, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
            Z_OK);
  std::string compressed(deflateBound(&zlib, content.size()), '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  zlib.avail_in = static_cast<uInt>(content.size());
  zlib.next_out = reinterpret_cast<Bytef*>(compressed.data());
  zlib.avail_out = static_cast<uInt>(compressed.size());
  EXPECT_EQ(deflate(&zlib, Z_FINISH), Z_STREAM_END);
  compressed.resize(zlib.total_out);
  deflateEnd(&zlib);
  return compressed;
}

void add_column(Source& source, Field field, std::string name) {
  source.columns[static_cast<std::size_t>(field)] = Column{std::move(name), 0};
}

Source plain_source() {
  Source source;
  source.name = "plain";
  add_column(source, Field::reference, "ref");
  add_column(source, Field::occurred_at, "at");
  add_column(source, Field::amount, "amount");
  source.time_formats.push_back(*TimeFormat::compile("YYYY-MM-DD HH:mm:ss"));
  source.date_formats.push_back(*TimeFormat::compile("YYYY-MM-DD"));
  source.currency = core::Currency::from_alpha("ZAR");
  return source;
}

Contents read_all(const std::filesystem::path& file, const Source& source) {
  Contents contents;
  auto reader = Reader::open(file, source);
  if (!reader) {
    ADD_FAILURE() << describe(reader.error());
    return contents;
  }
  for (;;) {
    auto item = reader->next();
    if (!item) {
      ADD_FAILURE() << describe(item.error());
      return contents;
    }
    if (const auto* const end = std::get_if<End>(&*item)) {
      contents.end = *end;
      return contents;
    }
    if (const auto* const line = std::get_if<Line>(&*item)) contents.lines.push_back(*line);
    if (const auto* const bad = std::get_if<BadLine>(&*item)) contents.bad.push_back(*bad);
  }
}

Contents read_text(std::string_view content, const Source& source) {
  const TemporaryFile file(content);
  return read_all(file.path(), source);
}

}  // namespace authd::recon
