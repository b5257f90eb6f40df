using Raft.Impl.Core;

namespace Raft.Verification.Cli;

/// <summary>The sets of extensions of Figure 2 by their names on the command line.</summary>
internal static class ProtocolNames
{
    /// <summary>The default: Figure 2 alone.</summary>
    public const string Figure2 = "figure2";

    /// <summary>What a node has by default.</summary>
    public const string Production = "production";

    /// <summary>The values of <c>--protocol</c>.</summary>
    public static readonly string[] All = [Figure2, Production];

    /// <summary>The extensions of a name.</summary>
    public static ProtocolOptions Find(string name) => name switch
    {
        Figure2 => ProtocolOptions.Figure2,
        Production => ProtocolOptions.Production,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, $"The protocols are {string.Join(", ", All)}."),
    };
}
