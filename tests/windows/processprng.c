/* The library bcryptprimitives.dll, which Windows has and Wine 8 has not: packages written in Rust take their random
   numbers from it. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    return RtlGenRandom(data, (ULONG)length);
}
