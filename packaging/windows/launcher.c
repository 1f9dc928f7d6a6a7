/* azure-migrate-exporter.exe: starts the Python beside it with `-m azure_migrate_exporter` and the arguments it was
   given, and ends with its exit status. A program and no .cmd file, so that Ctrl-C reaches the exporter and nobody is
   asked whether to "Terminate batch job". */
#define UNICODE
#include <windows.h>
#include <stdio.h>
#include <wchar.h>

enum { CANNOT_START = 1, LONGEST_COMMAND = 32767 };

/* What follows the program's own name, as it was typed. */
static const wchar_t *arguments(const wchar_t *command)
{
    BOOL quoted = FALSE;
    for (; *command && (quoted || (*command != L' ' && *command != L'\t')); command++)
        if (*command == L'"')
            quoted = !quoted;
    return command;
}

/* Ctrl-C goes to Python as well: it decides when to end, and this program waits for it. */
static BOOL WINAPI leave_it_to_python(DWORD event)
{
    (void)event;
    return TRUE;
}

int main(void)
{
    static wchar_t folder[LONGEST_COMMAND], command[LONGEST_COMMAND + 1];
    STARTUPINFOW start = {.cb = sizeof start};
    PROCESS_INFORMATION python;
    DWORD status = CANNOT_START;
    wchar_t *name;

    if (!GetModuleFileNameW(NULL, folder, LONGEST_COMMAND) || !(name = wcsrchr(folder, L'\\')))
        return CANNOT_START;
    *name = L'\0';
    if (_snwprintf(command, LONGEST_COMMAND, L"\"%ls\\python\\python.exe\" -m azure_migrate_exporter%ls", folder,
                   arguments(GetCommandLineW())) < 0) {
        fputs("azure-migrate-exporter: the command line is too long\n", stderr);
        return CANNOT_START;
    }
    SetConsoleCtrlHandler(leave_it_to_python, TRUE);
    if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &start, &python)) {
        fprintf(stderr, "azure-migrate-exporter: %ls\\python\\python.exe does not start (error %lu); repair the "
                "installation\n", folder, GetLastError());
        return CANNOT_START;
    }
    CloseHandle(python.hThread);
    WaitForSingleObject(python.hProcess, INFINITE);
    GetExitCodeProcess(python.hProcess, &status);
    CloseHandle(python.hProcess);
    return (int)status;
}
