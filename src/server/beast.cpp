// Beast's own code, compiled here once: its headers only declare it (BOOST_BEAST_SEPARATE_COMPILATION).
#include <boost/beast/src.hpp>
