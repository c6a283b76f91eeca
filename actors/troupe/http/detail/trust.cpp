#include "troupe/http/detail/trust.hpp"

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <pthread.h>
#include <utility>

namespace troupe::http::detail {

namespace {

/// The file that libcurl was built to read.
std::string file_of_libcurl() {
  std::unique_ptr<CURL, void (*)(CURL*)> easy{curl_easy_init(),
                                              curl_easy_cleanup};
  char* file = nullptr;
  curl_easy_getinfo(easy.get(), CURLINFO_CAINFO, &file);
  return file ? file : "";
}

} // namespace

trust::trust(std::string file)
  : file_(file.empty() ? file_of_libcurl() : std::move(file)),
    store_(nullptr, X509_STORE_free) {}

trust::~trust() {
  abandoned_ = true;
  if (thread_.joinable())
    thread_.join();
}

bool trust::load(std::function<void()> then) {
  if (loaded_)
    return true;
  std::lock_guard lock{mutex_};
  if (loaded_)
    return true;
  waiting_.push_back(std::move(then));
  if (!thread_.joinable())
    thread_ = std::thread([this] { run(); });
  return false;
}

void trust::run() {
  ::pthread_setname_np(::pthread_self(), "troupe.trust");
  std::call_once(once_, [this] { read(); });
  std::unique_lock lock{mutex_};
  loaded_ = true;
  auto waiting = std::exchange(waiting_, {});
  lock.unlock();
  for (const auto& f : waiting)
    f();
}

void trust::read() {
  store_.reset(X509_STORE_new());
  // As libcurl sets them.
  X509_STORE_set_flags(store_.get(),
                       X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  if (!read_file())
    store_.reset();
}

bool trust::read_file() {
  std::unique_ptr<BIO, int (*)(BIO*)> file{BIO_new_file(file_.c_str(), "r"),
                                           BIO_free};
  bool some = false;
  while (file && !abandoned_) {
    std::unique_ptr<X509, void (*)(X509*)> next{
      PEM_read_bio_X509_AUX(file.get(), nullptr, nullptr, nullptr), X509_free};
    if (!next || X509_STORE_add_cert(store_.get(), next.get()) != 1)
      break;
    some = true;
  }
  auto why = ERR_peek_last_error();
  ERR_clear_error();
  auto at_end = ERR_GET_LIB(why) == ERR_LIB_PEM
                && ERR_GET_REASON(why) == PEM_R_NO_START_LINE;
  return some && at_end;
}

error trust::give(SSL_CTX* context) {
  std::call_once(once_, [this] { read(); }); // after a redirect, say
  if (!store_)
    return {errc::tls_error,
            "no certificates can be read from \"" + file_ + "\""};
  SSL_CTX_set1_cert_store(context, store_.get());
  return {};
}

} // namespace troupe::http::detail
