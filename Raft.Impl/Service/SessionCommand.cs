using Raft.Impl.Binary;
using Raft.Impl.Core;

namespace Raft.Impl.Service;

/// <summary>What a command asks of the sessions.</summary>
public enum SessionRequest
{
    /// <summary>Opens a session.</summary>
    Register = 1,

    /// <summary>Applies a command, once.</summary>
    Apply = 2,

    /// <summary>Keeps the session from expiring.</summary>
    KeepAlive = 3,

    /// <summary>Closes the session.</summary>
    Close = 4,
}

/// <summary>
/// A command of a client that has a session, or wants one (Ongaro's dissertation, §6.3). The server that proposes it stamps it with its
/// time. A retry has the same number, and may have another time.
/// </summary>
/// <param name="Request">What it asks.</param>
/// <param name="Time">The time of the server that proposes it, in milliseconds since 1970-01-01; not negative.</param>
/// <param name="Session">The session; 0 in <see cref="SessionRequest.Register"/>.</param>
/// <param name="Sequence">
/// The number of the command in the session, from 1, never used for another command; 0 if there is no command.
/// </param>
/// <param name="FirstPending">
/// The lowest number whose answer the client still needs, at most <paramref name="Sequence"/>: the session forgets the answers to earlier
/// ones, and does not apply them any more. 0: none is acknowledged.
/// </param>
/// <param name="Command">The command for the service.</param>
public sealed record SessionCommand(
    SessionRequest Request, long Time, long Session = 0, long Sequence = 0, long FirstPending = 0, Command Command = default)
{
    /// <summary>Makes a command that opens a session.</summary>
    public static SessionCommand Register(DateTimeOffset now) => new(SessionRequest.Register, TimeOf(now));

    /// <summary>Makes a command that is applied once.</summary>
    public static SessionCommand Apply(DateTimeOffset now, long session, long sequence, long firstPending, Command command) =>
        new(SessionRequest.Apply, TimeOf(now), session, sequence, firstPending, command);

    /// <summary>Makes a command that keeps a session from expiring.</summary>
    public static SessionCommand KeepAlive(DateTimeOffset now, long session) => new(SessionRequest.KeepAlive, TimeOf(now), session);

    /// <summary>Makes a command that closes a session.</summary>
    public static SessionCommand Close(DateTimeOffset now, long session) => new(SessionRequest.Close, TimeOf(now), session);

    /// <summary>The command as the log carries it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    /// <exception cref="InvalidOperationException">
    /// It asks nothing that has a meaning; or it is a command without a number, or one that acknowledges the answer to itself.
    /// </exception>
    public Command Encode()
    {
        if (!Enum.IsDefined(Request) || (Request == SessionRequest.Apply && IsMisnumbered(Sequence, FirstPending)))
        {
            throw new InvalidOperationException($"{this} is not a command that a session takes.");
        }

        var writer = new ByteWriter();
        writer.Byte((byte)Request);
        writer.Number(Time);
        if (Request != SessionRequest.Register)
        {
            writer.Number(Session);
        }

        if (Request == SessionRequest.Apply)
        {
            writer.Number(Sequence);
            writer.Number(FirstPending);
            writer.Bytes(Command.Bytes.Span);
        }

        return Command.Of(writer.ToArray());
    }

    /// <summary>Reads a command.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a command.</exception>
    public static SessionCommand Decode(Command command)
    {
        var reader = new ByteReader(command.Bytes.Span, "A session's command");
        var request = (SessionRequest)reader.Byte("what it asks");
        if (!Enum.IsDefined(request))
        {
            throw reader.Damaged($"it asks {(int)request}, which has no meaning");
        }

        var time = reader.Number("its time");
        var session = request == SessionRequest.Register ? 0 : reader.Number("the session");
        var (sequence, firstPending, inner) = (0L, 0L, default(Command));
        if (request == SessionRequest.Apply)
        {
            sequence = reader.Number("the number of the command");
            firstPending = reader.Number("the first number that is pending");
            inner = new Command(reader.Bytes("the length of the command"));
            if (IsMisnumbered(sequence, firstPending))
            {
                throw reader.Damaged($"command {sequence} says that {firstPending} is the first that is pending");
            }
        }

        reader.End();
        return new SessionCommand(request, time, session, sequence, firstPending, inner);
    }

    // A command without a number, or one that acknowledges the answer to itself.
    private static bool IsMisnumbered(long sequence, long firstPending) => sequence == 0 || firstPending > sequence;

    private static long TimeOf(DateTimeOffset now) => Math.Max(0, now.ToUnixTimeMilliseconds());
}
