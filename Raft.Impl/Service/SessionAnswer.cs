using Raft.Impl.Binary;

namespace Raft.Impl.Service;

/// <summary>What became of a session's command.</summary>
public enum SessionOutcome
{
    /// <summary>The service applied it, now or when it came first. The answer has the service's answer.</summary>
    Applied = 1,

    /// <summary>The session is open. The answer has its name.</summary>
    Registered = 2,

    /// <summary>The session was kept from expiring, or is closed.</summary>
    Done = 3,

    /// <summary>
    /// There is no such session: it has expired or is closed. This command was not applied. Whether an earlier try of it was, is not known.
    /// </summary>
    Expired = 4,

    /// <summary>The client has acknowledged the answer to this number, so it is forgotten. The command was not applied again.</summary>
    Forgotten = 5,

    /// <summary>There are too many sessions (<see cref="SessionOptions.MaxSessions"/>): none was opened.</summary>
    TooManySessions = 6,

    /// <summary>
    /// The session keeps too many answers that the client has not acknowledged (<see cref="SessionOptions.MaxAnswers"/>, <see
    /// cref="SessionOptions.MaxAnswerBytes"/>): the command was not applied.
    /// </summary>
    TooManyAnswers = 7,

    /// <summary>The command's bytes are damaged: nothing was applied.</summary>
    Malformed = 8,
}

/// <summary>The answer to a <see cref="SessionCommand"/>.</summary>
/// <param name="Outcome">What became of the command.</param>
/// <param name="Session">The name of the session that was opened; otherwise 0.</param>
/// <param name="Answer">What the service answered; empty if the command was not applied.</param>
public sealed record SessionAnswer(SessionOutcome Outcome, long Session = 0, ReadOnlyMemory<byte> Answer = default)
{
    /// <summary>The answer in bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The name of the session is negative.</exception>
    public ReadOnlyMemory<byte> Encode()
    {
        var writer = new ByteWriter();
        writer.Byte((byte)Outcome);
        writer.Number(Session);
        writer.Bytes(Answer.Span);
        return writer.ToArray();
    }

    /// <summary>Reads an answer.</summary>
    /// <exception cref="InvalidDataException">The bytes are not an answer.</exception>
    public static SessionAnswer Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ByteReader(bytes.Span, "A session's answer");
        var outcome = (SessionOutcome)reader.Byte("the outcome");
        if (!Enum.IsDefined(outcome))
        {
            throw reader.Damaged($"the outcome {(int)outcome} has no meaning");
        }

        var answer = new SessionAnswer(outcome, reader.Number("the session"), reader.Bytes("the length of the answer").ToArray());
        reader.End();
        return answer;
    }
}
