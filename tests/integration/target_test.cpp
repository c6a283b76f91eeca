#include "integration/http_fixture.hpp"
#include "support/nginx.hpp"
#include "support/scripted_server.hpp"

namespace troupe::test {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Of "hello".
constexpr const char* hello_sha256 =
  "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
constexpr const char* hello_md5 = "5d41402abc4b2a76b9719d911017c592";

class TargetTest : public http_test {
protected:
  TargetTest() { server.on_other(respond(200, "hello")); }

  v1::Download file(const std::string& name, const std::string& path = "/a") {
    return to_file(server.url(path), folder.path(), name);
  }

  scripted_server server;
};

v1::Download with_sha256(v1::Download what, const std::string& hex) {
  what.mutable_checksum()->set_algorithm(v1::CHECKSUM_ALGORITHM_SHA256);
  what.mutable_checksum()->set_hex(hex);
  return what;
}

} // namespace

TEST_F(TargetTest, TheRightChecksumIsReported) {
  for (const auto& what :
       {file("a"), to_memory(server.url("/a")), to_nowhere(server.url("/a"))}) {
    auto result = run(with_sha256(what, hello_sha256));
    EXPECT_THAT(result, IsOk());
    EXPECT_EQ(result.checksum().algorithm(), v1::CHECKSUM_ALGORITHM_SHA256);
    EXPECT_EQ(result.checksum().hex(), hello_sha256);
    EXPECT_FALSE(result.skipped());
  }
  EXPECT_EQ(folder.read("a"), "hello");
}

TEST_F(TargetTest, AChecksumIsComputedOnDemand) {
  for (auto what :
       {file("a"), to_memory(server.url("/a")), to_nowhere(server.url("/a"))}) {
    what.set_compute(v1::CHECKSUM_ALGORITHM_MD5);
    auto result = run(what);
    EXPECT_THAT(result, IsOk());
    EXPECT_EQ(result.checksum().algorithm(), v1::CHECKSUM_ALGORITHM_MD5);
    EXPECT_EQ(result.checksum().hex(), hello_md5);
  }
}

TEST_F(TargetTest, AWrongChecksumLeavesNothing) {
  auto wrong = std::string(64, 'a');
  for (const auto& what :
       {file("a"), to_memory(server.url("/a")), to_nowhere(server.url("/a"))}) {
    auto result = run(with_sha256(what, wrong));
    EXPECT_THAT(result, FailedWith(v1::ERRC_CHECKSUM_MISMATCH));
    EXPECT_THAT(result.error().message(), HasSubstr(hello_sha256));
    EXPECT_THAT(result.error().message(), HasSubstr(wrong));
    EXPECT_EQ(result.attempts(), 1U);
    EXPECT_THAT(result.body(), IsEmpty());
  }
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST_F(TargetTest, AFileThatIsRightAlreadyIsNotDownloaded) {
  folder.write("a", "hello");
  auto result = run(with_sha256(file("a"), hello_sha256));
  EXPECT_THAT(result, IsOk());
  EXPECT_TRUE(result.skipped());
  EXPECT_EQ(result.path(), (folder / "a").string());
  EXPECT_EQ(result.attempts(), 0U);
  EXPECT_EQ(server.requests().size(), 0U);
}

TEST_F(TargetTest, ARightFileThatTheUrlNamesIsNotDownloaded) {
  folder.write("a", "hello");
  auto result = run(with_sha256(file(""), hello_sha256));
  EXPECT_THAT(result, IsOk());
  EXPECT_TRUE(result.skipped());
  EXPECT_EQ(result.path(), (folder / "a").string());
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(TargetTest, AWrongFileThatTheUrlNamesDoesNotNameTheDownload) {
  server.on("/a", respond(200, "hello",
                          {{"Content-Disposition", "attachment; filename=b"}}));
  folder.write("a", "other");
  auto result = run(with_sha256(file(""), hello_sha256));
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(result.path(), (folder / "b").string());
  EXPECT_EQ(folder.read("a"), "other");
}

TEST_F(TargetTest, AFileThatIsWrongIsReplaced) {
  folder.write("a", "hallo");
  auto result = run(with_sha256(file("a"), hello_sha256));
  EXPECT_THAT(result, IsOk());
  EXPECT_FALSE(result.skipped());
  EXPECT_EQ(folder.read("a"), "hello");
}

TEST_F(TargetTest, AFailedDownloadKeepsTheOldFile) {
  server.on("/404", respond(404, "no"));
  folder.write("a", "old");
  EXPECT_THAT(run(file("a", "/404")), FailedWith(v1::ERRC_HTTP_STATUS));
  EXPECT_THAT(run(with_sha256(file("a"), std::string(64, 'a'))),
              FailedWith(v1::ERRC_CHECKSUM_MISMATCH));
  EXPECT_EQ(folder.read("a"), "old");
  EXPECT_THAT(folder.files(), ElementsAre("a"));
}

TEST_F(TargetTest, TheServerMaySuggestAName) {
  auto suggest = [&](const std::string& path, const std::string& header) {
    server.on(path, respond(200, "hello", {{"Content-Disposition", header}}));
    auto result = run(file("", path));
    EXPECT_THAT(result, IsOk());
    return result.path();
  };
  auto path = [&](const char* name) { return (folder / name).string(); };
  EXPECT_EQ(suggest("/1", "attachment; filename=\"b c.txt\""), path("b c.txt"));
  EXPECT_EQ(suggest("/2", "attachment; filename*=UTF-8''%e2%82%ac.txt"),
            path("\xe2\x82\xac.txt"));
  EXPECT_EQ(suggest("/3", "inline; filename=../../up.txt"), path("up.txt"));
  EXPECT_EQ(suggest("/4", "attachment; filename=\"/etc/abs\""), path("abs"));
  EXPECT_EQ(suggest("/five", "attachment"), path("five"));
}

TEST_F(TargetTest, AnOldAnswersSuggestionDoesNotCount) {
  server.on("/from",
            respond(302, "",
                    {{"Location", "/dir/to.txt?x=/y"},
                     {"Content-Disposition", "attachment; filename=wrong"}}));
  auto result = run(file("", "/from"));
  EXPECT_EQ(result.path(), (folder / "to.txt").string());
}

TEST_F(TargetTest, TheUrlNamesTheFile) {
  auto name = [&](const std::string& path) {
    auto result = run(file("", path));
    EXPECT_THAT(result, IsOk());
    return std::filesystem::path{result.path()}.filename().string();
  };
  EXPECT_EQ(name("/x/y.txt?z=1"), "y.txt");
  EXPECT_EQ(name("/"), "index.html");
  EXPECT_EQ(name("/%2e%2e%2fup"), "up");
  EXPECT_EQ(name("/x/%2e%2e"), "index.html");
  EXPECT_EQ(name("/-rf"), "_rf");
}

TEST_F(TargetTest, NamesOutsideOfTheFolderAreRefused) {
  for (auto name : {"../a", "/tmp/a", "x/../../a", "..", "x/"}) {
    auto result = run(file(name));
    EXPECT_THAT(result, FailedWith(v1::ERRC_INVALID_ARGUMENT));
    EXPECT_THAT(result.error().message(), HasSubstr(name));
  }
  EXPECT_EQ(server.requests().size(), 0U);
}

TEST_F(TargetTest, FoldersBelowAreMade) {
  EXPECT_THAT(run(file("x/y/a")), IsOk());
  EXPECT_EQ(folder.read("x/y/a"), "hello");
}

TEST_F(TargetTest, AMissingFolderIsAFileError) {
  auto result = run(to_file(server.url("/a"), folder / "none", "a"));
  EXPECT_THAT(result, FailedWith(v1::ERRC_FILE_ERROR));
  EXPECT_THAT(result.error().message(),
              HasSubstr((folder / "none" / "a").string()));
  EXPECT_EQ(result.attempts(), 1U);
}

TEST_F(TargetTest, TwoDownloadsForOneNameAreOneTooMany) {
  gate opened;
  server.on("/a", [opened](connection& c) {
    c.wait(opened);
    c.send(http_response(200, "hello"));
  });
  auto http = session();
  auto group = start(http, {file("f"), file("f"), file("./f")});
  EXPECT_TRUE(eventually([&] { return group.progress().failed() == 2; }));
  opened.open();
  std::vector<v1::Errc> codes;
  for (const auto& result : group.results()) {
    codes.push_back(code_of(result));
    if (result.has_error()) {
      EXPECT_THAT(result.error().message(), HasSubstr(folder.path().string()));
    }
  }
  EXPECT_THAT(codes, testing::UnorderedElementsAre(v1::ERRC_OK, v1::ERRC_BUSY,
                                                   v1::ERRC_BUSY));
  EXPECT_EQ(folder.read("f"), "hello");
}

TEST_F(TargetTest, ANameThatTheServerChoseMayBeBusyToo) {
  gate opened;
  server.on("/a", [opened](connection& c) {
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    c.wait(opened);
    c.send("llo");
  });
  auto group = start(session(), {file(""), file("")});
  EXPECT_TRUE(eventually([&] { return group.progress().failed() == 1; }));
  opened.open();
  std::vector<v1::Errc> codes;
  for (const auto& result : group.results())
    codes.push_back(code_of(result));
  EXPECT_THAT(codes, testing::UnorderedElementsAre(v1::ERRC_OK, v1::ERRC_BUSY));
  EXPECT_THAT(folder.files(), ElementsAre("a"));
}

TEST_F(TargetTest, ANameIsFreeOnceItsDownloadHasEnded) {
  server.on("/404", respond(404, ""));
  auto http = session();
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(run(http, file("f")), IsOk());
    EXPECT_THAT(run(http, file("f", "/404")), FailedWith(v1::ERRC_HTTP_STATUS));
    EXPECT_THAT(run(http, file("", "/f")), IsOk());
  }
}

TEST_F(TargetTest, TargetsMayHaveToBeUnique) {
  auto http = session(quick().unique_targets(true));
  EXPECT_THAT(run(http, file("f")), IsOk());
  EXPECT_THAT(run(http, file("f")), FailedWith(v1::ERRC_BUSY));
  EXPECT_THAT(run(http, file("g")), IsOk());
}

TEST_F(TargetTest, LinksAreReplacedAndNotFollowed) {
  folder.write("victim", "precious");
  auto link = [&](const char* name) {
    std::filesystem::create_symlink(folder / "victim", folder / name);
  };
  link("a");
  EXPECT_THAT(run(with_sha256(file("a"), hello_sha256)), IsOk());
  EXPECT_EQ(folder.read("victim"), "precious");
  EXPECT_FALSE(std::filesystem::is_symlink(folder / "a"));
}

TEST_F(TargetTest, AFolderThatIsALinkIsRefused) {
  temp_dir elsewhere;
  std::filesystem::create_directory_symlink(elsewhere.path(), folder / "x");
  EXPECT_THAT(run(file("x/a")), FailedWith(v1::ERRC_FILE_ERROR));
  EXPECT_THAT(elsewhere.files(), IsEmpty());
}

TEST_F(TargetTest, AFolderInTheFilesPlaceIsAFileError) {
  std::filesystem::create_directory(folder / "a");
  EXPECT_THAT(run(file("a")), FailedWith(v1::ERRC_FILE_ERROR));
  EXPECT_THAT(folder.files(), IsEmpty());
}

} // namespace troupe::test
