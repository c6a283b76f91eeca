#include "support/gate.hpp"
#include "support/temp_dir.hpp"
#include "troupe/http/detail/file_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace troupe::http::detail {

namespace {

using test::gate;
using test::temp_dir;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Of "hello".
constexpr const char* hello_md5 = "5d41402abc4b2a76b9719d911017c592";

class FileStoreTest : public testing::Test {
protected:
  expected<std::shared_ptr<target_file>>
  take(const std::string& name,
       v1::ChecksumAlgorithm algorithm = v1::CHECKSUM_ALGORITHM_MD5) {
    return store.take(folder.path().string(), name, algorithm);
  }

  finished_file finish(std::shared_ptr<target_file> file,
                       const std::string& rest = {},
                       const std::string& checksum = {}) {
    std::promise<finished_file> done;
    store.finish(std::move(file), rest, checksum,
                 [&](finished_file x) { done.set_value(std::move(x)); });
    store.wake();
    return done.get_future().get();
  }

  finished_file write(const std::string& name, const std::string& bytes,
                      const std::string& checksum = {}) {
    auto file = take(name).value();
    store.append(file, bytes);
    return finish(std::move(file), {}, checksum);
  }

  void discard(std::shared_ptr<target_file> file) {
    std::promise<void> done;
    store.discard(std::move(file), [&] { done.set_value(); });
    store.wake();
    done.get_future().get();
  }

  file_store::found check_part(const std::shared_ptr<target_file>& file,
                               const std::string& checksum) {
    std::promise<file_store::found> done;
    store.check(file, checksum,
                [&](const finished_file&, auto what) { done.set_value(what); });
    store.wake();
    return done.get_future().get();
  }

  bool check(const std::shared_ptr<target_file>& file,
             const std::string& checksum) {
    auto what = file_store::found::more;
    while (what == file_store::found::more)
      what = check_part(file, checksum);
    return what == file_store::found::same;
  }

  /// Keeps the thread that writes busy until the gate opens.
  void occupy(const gate& opened) {
    auto other = take("occupied").value();
    store.discard(std::move(other), [opened] { opened.wait(); });
    store.wake();
  }

  temp_dir folder{temp_dir::place::memory};
  file_store store{1, false};
};

} // namespace

TEST_F(FileStoreTest, AFileIsAPartUntilItIsWhole) {
  auto file = take("a").value();
  EXPECT_THAT(folder.files(), IsEmpty());
  store.append(file, "hel");
  discard(take("other").value()); // all before is done
  EXPECT_THAT(folder.files(), ElementsAre("a.part"));
  auto done = finish(std::move(file), "lo");
  EXPECT_FALSE(done.why);
  EXPECT_EQ(done.path, (folder / "a").string());
  EXPECT_EQ(done.checksum, hello_md5);
  EXPECT_THAT(folder.files(), ElementsAre("a"));
  EXPECT_EQ(folder.read("a"), "hello");
}

TEST_F(FileStoreTest, AFileInASinglePieceHasNoPart) {
  folder.write("a.part", "of somebody else");
  auto done = finish(take("a").value(), "hello", hello_md5);
  EXPECT_FALSE(done.why);
  EXPECT_EQ(done.path, (folder / "a").string());
  EXPECT_EQ(done.checksum, hello_md5);
  EXPECT_THAT(folder.files(), ElementsAre("a", "a.part"));
  EXPECT_EQ(folder.read("a"), "hello");
  EXPECT_EQ(std::filesystem::status(folder / "a").permissions(),
            std::filesystem::status(folder / "a.part").permissions());
}

TEST_F(FileStoreTest, AFileInASinglePieceReplacesWhatIsThere) {
  folder.write("a", "old and long");
  folder.write("victim", "precious");
  std::filesystem::create_symlink("victim", folder / "b");
  for (auto name : {"a", "b", "c/d", "c/d"}) {
    EXPECT_FALSE(finish(take(name).value(), "hello").why);
    EXPECT_FALSE(std::filesystem::is_symlink(folder / name));
    EXPECT_EQ(folder.read(name), "hello");
  }
  EXPECT_EQ(folder.read("victim"), "precious");
  EXPECT_EQ(finish(take("a").value(), "hallo", hello_md5).why.code(),
            errc::checksum_mismatch);
  EXPECT_EQ(folder.read("a"), "hello");
  EXPECT_THAT(folder.files(), ElementsAre("a", "b", "c/d", "victim"));
}

TEST_F(FileStoreTest, ADiscardedFileLeavesNothing) {
  auto file = take("a").value();
  store.append(file, "hello");
  discard(std::move(file));
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST_F(FileStoreTest, AForgottenFileLeavesNothing) {
  {
    auto file = take("a").value();
    store.append(file, "hello");
  }
  discard(take("b").value()); // all before is done
  EXPECT_THAT(folder.files(), IsEmpty());
  EXPECT_TRUE(take("a"));
}

TEST_F(FileStoreTest, ADiscardedFileMayBeginAgain) {
  auto file = take("a").value();
  store.append(file, "a long beginning");
  discard(file);
  EXPECT_FALSE(finish(std::move(file), "hello").why);
  EXPECT_EQ(folder.read("a"), "hello");
}

TEST_F(FileStoreTest, ANameIsTakenOnce) {
  auto file = take("a").value();
  for (auto name : {"a", "./a", "a.part", ".//a"}) {
    auto other = take(name);
    ASSERT_FALSE(other) << name;
    EXPECT_EQ(other.error().code(), errc::busy);
    EXPECT_THAT(other.error().message(), HasSubstr(name));
  }
  EXPECT_FALSE(store.take((folder / ".").string(), "a",
                          v1::CHECKSUM_ALGORITHM_UNSPECIFIED));
  EXPECT_TRUE(take("b"));
  file.reset();
  EXPECT_TRUE(take("a"));
}

TEST_F(FileStoreTest, ANameAtTheTopIsTakenOnce) {
  auto take_at_top = [this](const char* name) {
    return store.take("/", name, v1::CHECKSUM_ALGORITHM_UNSPECIFIED);
  };
  auto file = take_at_top("a").value();
  for (auto name : {"a", "./a", "a.part", ".//a.part"})
    EXPECT_FALSE(take_at_top(name)) << name;
}

TEST_F(FileStoreTest, APartsNameIsTakenToo) {
  auto part = take("a.part").value();
  EXPECT_FALSE(take("a"));
}

TEST_F(FileStoreTest, ANameIsFreeWhenItsFileIsFinished) {
  for (int i = 0; i < 200; ++i) {
    EXPECT_FALSE(write("a", "hello").why);
    ASSERT_TRUE(take("a"));
    auto file = take("a").value();
    store.append(file, "half");
    discard(std::move(file));
    ASSERT_TRUE(take("a"));
  }
}

TEST_F(FileStoreTest, NamesMayStayTaken) {
  file_store unique{1, true};
  auto take_unique = [&](const char* name) {
    return unique.take(folder.path().string(), name,
                       v1::CHECKSUM_ALGORITHM_UNSPECIFIED);
  };
  auto write_unique = [&](const char* name) {
    auto file = take_unique(name).value();
    std::promise<void> done;
    unique.finish(std::move(file), "x", "",
                  [&](const finished_file&) { done.set_value(); });
    unique.wake();
    done.get_future().get();
  };
  write_unique("a");
  EXPECT_FALSE(take_unique("a"));
  write_unique("b.part");
  EXPECT_FALSE(take_unique("b")); // whose part would overwrite it
  EXPECT_TRUE(take_unique("c"));  // was never written
  EXPECT_TRUE(take_unique("c"));
}

TEST_F(FileStoreTest, NamesOutsideAreRefused) {
  for (auto name : {"../a", "/a", "", "a/../../b"}) {
    auto file = take(name);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code(), errc::invalid_argument);
  }
}

TEST_F(FileStoreTest, FoldersAreMade) {
  EXPECT_FALSE(write("x/y//./z/a", "hello").why);
  EXPECT_EQ(folder.read("x/y/z/a"), "hello");
}

TEST_F(FileStoreTest, LinksAreNotFollowed) {
  folder.write("victim", "precious");
  std::filesystem::create_symlink("victim", folder / "a");
  std::filesystem::create_symlink("victim", folder / "b.part");
  std::filesystem::create_symlink(folder / "none", folder / "c.part");
  for (auto name : {"a", "b", "c"}) {
    EXPECT_FALSE(write(name, "hello").why);
    EXPECT_FALSE(std::filesystem::is_symlink(folder / name));
    EXPECT_EQ(folder.read(name), "hello");
  }
  EXPECT_EQ(folder.read("victim"), "precious");
  EXPECT_FALSE(folder.contains("none"));
}

TEST_F(FileStoreTest, AFolderThatIsALinkIsRefused) {
  temp_dir elsewhere;
  std::filesystem::create_directory_symlink(elsewhere.path(), folder / "x");
  EXPECT_EQ(write("x/a", "hello").why.code(), errc::file_error);
  EXPECT_EQ(write("x/y/a", "hello").why.code(), errc::file_error);
  EXPECT_THAT(elsewhere.files(), IsEmpty());
}

TEST_F(FileStoreTest, APipeHoldsNobodyUp) {
  ::mkfifo((folder / "a").c_str(), 0600);
  ::mkfifo((folder / "b.part").c_str(), 0600);
  EXPECT_FALSE(check(take("a").value(), hello_md5));
  EXPECT_FALSE(write("a", "hello").why);
  EXPECT_FALSE(write("b", "hello").why);
  EXPECT_EQ(folder.read("a"), "hello");
  EXPECT_EQ(folder.read("b"), "hello");
}

TEST_F(FileStoreTest, AWrongChecksumLeavesNothing) {
  folder.write("a", "old");
  auto done = write("a", "hallo", hello_md5);
  EXPECT_EQ(done.why.code(), errc::checksum_mismatch);
  EXPECT_THAT(done.why.message(), HasSubstr(hello_md5));
  EXPECT_THAT(done.why.message(), HasSubstr("md5"));
  EXPECT_THAT(folder.files(), ElementsAre("a"));
  EXPECT_EQ(folder.read("a"), "old");
  EXPECT_FALSE(write("a", "hello", hello_md5).why);
}

TEST_F(FileStoreTest, AFileThatIsThereIsChecked) {
  auto check_of = [&](const char* name) {
    return check(take(name).value(), hello_md5);
  };
  EXPECT_FALSE(check_of("a"));
  folder.write("a", "hello");
  EXPECT_TRUE(check_of("a"));
  folder.write("a", "hallo");
  EXPECT_FALSE(check_of("a"));
  std::filesystem::create_directory(folder / "b");
  EXPECT_FALSE(check_of("b"));
  EXPECT_FALSE(check_of("none/a"));
  EXPECT_FALSE(folder.contains("none"));
}

TEST_F(FileStoreTest, ALargeFileIsCheckedInParts) {
  constexpr std::uint64_t size = 20'000'000;
  folder.write("a", "");
  std::filesystem::resize_file(folder / "a", size);
  digest whole{v1::CHECKSUM_ALGORITHM_MD5};
  whole.update(std::string(size, '\0').data(), size);
  auto sum = whole.finish();
  EXPECT_EQ(check_part(take("a").value(), sum), file_store::found::more);
  EXPECT_TRUE(check(take("a").value(), sum));
  EXPECT_FALSE(check(take("a").value(), hello_md5));
}

TEST_F(FileStoreTest, ACheckedFileMayStillBeWritten) {
  folder.write("a", "hallo");
  auto file = take("a").value();
  EXPECT_FALSE(check(file, hello_md5));
  EXPECT_EQ(finish(std::move(file), "hello", hello_md5).checksum, hello_md5);
}

TEST_F(FileStoreTest, WhatCannotBeWrittenIsNamed) {
  auto expect_failed = [&](const finished_file& done, const char* name) {
    EXPECT_EQ(done.why.code(), errc::file_error);
    EXPECT_THAT(done.why.message(), HasSubstr((folder / name).string()));
  };
  auto fails = [&](const char* name) {
    expect_failed(write(name, "hello"), name);
    expect_failed(finish(take(name).value(), "hello"), name);
  };
  std::filesystem::create_directory(folder / "folder");
  fails("folder");
  folder.write("file", "");
  fails("file/a");
  std::filesystem::create_directory(folder / "b.part");
  expect_failed(write("b", "hello"), "b");
  if (::geteuid() != 0) { // who may write everywhere
    ::chmod((folder / "folder").c_str(), 0500);
    fails("folder/a");
  }
  EXPECT_THAT(folder.files(), ElementsAre("file"));
}

TEST_F(FileStoreTest, AnotherProcessesFileIsLeftAlone) {
  file_store other{1, false}; // as another process has
  auto theirs =
    other.take(folder.path().string(), "a", v1::CHECKSUM_ALGORITHM_UNSPECIFIED);
  other.append(*theirs, "theirs");
  std::promise<void> begun;
  other.discard(
    other.take(folder.path().string(), "b", v1::CHECKSUM_ALGORITHM_UNSPECIFIED)
      .value(),
    [&] { begun.set_value(); });
  other.wake();
  begun.get_future().get();

  auto ours = take("a").value();
  store.append(ours, "ou");
  discard(take("b").value()); // all before is done
  EXPECT_TRUE(file_store::broken(*ours));
  auto refused = finish(ours, "rs");
  EXPECT_EQ(refused.why.code(), errc::busy);
  EXPECT_THAT(refused.why.message(), HasSubstr((folder / "a.part").string()));
  EXPECT_THAT(folder.files(), ElementsAre("a.part"));

  std::promise<finished_file> done;
  other.finish(*theirs, "", "",
               [&](finished_file x) { done.set_value(std::move(x)); });
  other.wake();
  EXPECT_FALSE(done.get_future().get().why);
  EXPECT_EQ(folder.read("a"), "theirs");

  store.append(ours, "ou"); // which may be written again now
  EXPECT_FALSE(finish(std::move(ours), "rs").why);
  EXPECT_EQ(folder.read("a"), "ours");
}

TEST_F(FileStoreTest, APartOfAProcessThatDiedIsReplaced) {
  folder.write("a.part", "half of what");
  EXPECT_FALSE(write("a", "hello").why);
  EXPECT_EQ(folder.read("a"), "hello");
  EXPECT_THAT(folder.files(), ElementsAre("a"));
}

TEST_F(FileStoreTest, APartThatWasReplacedIsNotRenamed) {
  auto file = take("a").value();
  store.append(file, "hello");
  discard(take("b").value()); // all before is done
  std::filesystem::remove(folder / "a.part");
  folder.write("a.part", "half");
  EXPECT_EQ(finish(std::move(file)).why.code(), errc::busy);
  EXPECT_THAT(folder.files(), ElementsAre("a.part"));
  EXPECT_EQ(folder.read("a.part"), "half");
}

TEST_F(FileStoreTest, AMissingFolderIsNamed) {
  auto file = store.take((folder / "none").string(), "a",
                         v1::CHECKSUM_ALGORITHM_UNSPECIFIED);
  store.append(*file, "hel");
  discard(take("b").value()); // all before is done
  EXPECT_TRUE(file_store::broken(**file));
  auto done = finish(*file, "lo");
  EXPECT_EQ(done.why.code(), errc::file_error);
  EXPECT_THAT(done.why.message(), HasSubstr((folder / "none" / "a").string()));
  EXPECT_EQ(finish(*file, "hello").why.message(), done.why.message());
}

TEST_F(FileStoreTest, ATransferWaitsForASlowDisk) {
  gate opened;
  occupy(opened);
  auto file = take("a").value();
  std::promise<void> room;
  std::atomic<int> calls{0};
  auto when_room = [&] {
    ++calls;
    room.set_value();
  };
  EXPECT_TRUE(store.has_room(*file, when_room));
  std::string piece(256 << 10, 'x');
  std::size_t pieces = 0;
  while (store.has_room(*file, when_room)) {
    store.append(file, piece);
    ASSERT_LE(++pieces, 64U);
  }
  EXPECT_EQ(calls, 0);
  opened.open();
  room.get_future().get();
  EXPECT_FALSE(finish(std::move(file)).why);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(folder.read("a").size(), pieces * piece.size());
}

TEST_F(FileStoreTest, WhoStopsWaitingIsNotCalled) {
  gate opened;
  occupy(opened);
  auto file = take("a").value();
  std::atomic<int> calls{0};
  while (store.has_room(*file, [&] { ++calls; }))
    store.append(file, std::string(256 << 10, 'x'));
  file_store::stop_waiting(*file);
  opened.open();
  EXPECT_FALSE(finish(std::move(file)).why);
  EXPECT_EQ(calls, 0);
}

TEST_F(FileStoreTest, TheEndFinishesWhatWasAskedFor) {
  {
    file_store other{2, false};
    for (auto name : {"a", "b", "c"}) {
      auto file = other
                    .take(folder.path().string(), name,
                          v1::CHECKSUM_ALGORITHM_UNSPECIFIED)
                    .value();
      other.finish(std::move(file), "hello", "", [](const finished_file&) {});
    }
  }
  EXPECT_THAT(folder.files(), ElementsAre("a", "b", "c"));
}

} // namespace troupe::http::detail
