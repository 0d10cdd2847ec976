// Asio's own code, compiled here once: its headers only declare it (BOOST_ASIO_SEPARATE_COMPILATION).
#include <boost/asio/impl/src.hpp>
