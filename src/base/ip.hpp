#pragma once
#include "sluice/ip.hpp"
