#include "authd/endpoints/admin_endpoint.h"

#include <boost/json/serialize.hpp>

namespace authd {

net::RouteRules AdminEndpoint::rules(const net::Head& head) const noexcept {
  if (head.path() == "/audit") {
    return {net::MethodSet(net::Method::get, net::Method::head, net::Method::post), 0};
  }
  return {net::MethodSet(net::Method::get, net::Method::head), 0};
}

net::Awaitable<void> AdminEndpoint::serve(const net::HttpRequest& request,
                                          net::HttpResponse& response) {
  const std::string_view path = request.head.path();
  if (path == "/healthz") {
    response.body = R"({"alive":true})";
  } else if (path == "/readyz") {
    const Status status = status_();
    response.status = status.not_ready.empty() ? 200 : 503;
    response.body = readiness_json(status);
  } else if (path == "/status") {
    response.body = to_json(status_());
  } else if (path == "/metrics") {
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics_.expose(status_());
  } else if (path == "/audit" && auditor_ != nullptr) {
    if (request.head.method() == net::Method::post) {
      response.status = 202;
      response.body =
          boost::json::serialize(boost::json::object{{"requested", auditor_->request()}});
    } else {
      response.body = boost::json::serialize(to_json(auditor_->status()));
    }
  } else {
    response.status = 404;
    response.body = R"({"error":"not_found"})";
  }
  co_return;
}

}  // namespace authd
