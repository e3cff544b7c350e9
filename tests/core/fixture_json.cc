// Boost.JSON is compiled here, once, instead of being linked from another package.
#include <boost/json/src.hpp>
