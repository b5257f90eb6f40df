using System.Runtime.InteropServices;
using Microsoft.Coyote.Rewriting;

namespace Raft.Verification.Coyote;

/// <summary>
/// Keeps Coyote on one core. Coyote has a thread for each operation and lets one run at a time; a switch to another core takes longer than
/// most steps.
/// </summary>
[SkipRewriting("It calls the operating system, not Coyote.")]
internal static class OneCore
{
    private const int _mostCores = 1024;

    /// <summary>
    /// Keeps the calling thread, and all threads that it starts from now on, on the current core. On systems other than Linux it does
    /// nothing, because there threads do not inherit the setting.
    /// </summary>
    public static void Keep()
    {
        var core = Thread.GetCurrentProcessorId();
        if (OperatingSystem.IsLinux() && core is >= 0 and < _mostCores)
        {
            var cores = new ulong[_mostCores / 64];
            cores[core / 64] = 1UL << (core % 64);

            // If the system does not allow it, Coyote is only slower.
            _ = SetAffinity(0, _mostCores / 8, cores);
        }
    }

    [DllImport("libc", EntryPoint = "sched_setaffinity")]
    private static extern int SetAffinity(int thread, nint bytes, ulong[] cores);
}
