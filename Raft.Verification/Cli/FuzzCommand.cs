using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Raft.Verification.Parts;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify fuzz</c>: feeds a part of the implementation with damaged input.</summary>
internal static class FuzzCommand
{
    private static readonly TimeSpan _mostPerFrame = TimeSpan.FromSeconds(30);

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var frames = new Option<long?>("--frames")
        {
            Description = "How many damaged frames and handshakes; default 1,000,000.",
            CustomParser = Number.From("--frames", 1L, long.MaxValue),
        };
        var seed = new Option<int?>("--seed")
        {
            Description = "Equal seeds give equal frames; default 1.",
            CustomParser = Number.From("--seed", 0, int.MaxValue),
        };
        var transport = new Command(
            "transport",
            "Feeds the TCP transport with damaged handshakes and frames. It must deliver what is sound and for its server, end the "
            + "connection at the first frame that is not, and allocate a small multiple of the bytes that came.")
        {
            frames, seed,
        };
        transport.SetAction(parsed => Run(parsed.GetValue(frames) ?? 1_000_000, parsed.GetValue(seed) ?? 1));
        return new Command("fuzz", "Feeds a part of the implementation with damaged input.") { transport };
    }

    private static int Run(long frames, int seed)
    {
        var fuzz = new TransportFuzz(seed);
        var begun = Stopwatch.GetTimestamp();
        var (seen, since) = (0L, begun);

        // A frame that is never done would be a hang, which only another thread can report.
        using var watch = new Timer(
            _ =>
            {
                if (fuzz.Damaged != seen)
                {
                    (seen, since) = (fuzz.Damaged, Stopwatch.GetTimestamp());
                }
                else if (Stopwatch.GetElapsedTime(since) > _mostPerFrame)
                {
                    Environment.FailFast(
                        $"After {seen} damaged frames and handshakes of seed {seed}, the next is not done in "
                        + $"{_mostPerFrame.TotalSeconds} s.");
                }
            },
            null,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(1));
        try
        {
            fuzz.Run(frames);
        }
        catch (TransportKitException exception)
        {
            Console.WriteLine($"After {fuzz.Damaged} damaged frames and handshakes of seed {seed}: {exception.Message}");
            return CommandLine.Violated;
        }

        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{fuzz.Damaged:n0} damaged frames and handshakes, each on a connection of its own, in {seconds:0.0} s, seed {seed}"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{fuzz.DamagedHandshakes:n0} of them handshakes, {fuzz.SnapshotConnections:n0} of the connections for snapshots; "
            + $"{fuzz.Undamaged:n0} undamaged frames and handshakes came before them"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{fuzz.Delivered:n0} messages delivered, {fuzz.Ended:n0} connections ended by the transport before the end of its input, "
            + $"at most {fuzz.MostAllocated:n0} bytes allocated for a connection"));
        return CommandLine.Ok;
    }
}
