# flagword/beside, rustc 1.95.0 (59807616e 2026-04-14)
# %rdi: the folio (flags 0, mapping 24, sequence 40, page_type 48, refcount 52); %rsi: overlay or zone

slab_alloc:
    movl $1, 52(%rdi)
    lock orq $2, (%rdi)
    movq %rsi, 24(%rdi)
    retq

set_owner_flag:
    lock orq $8, (%rdi)
    retq

clear_owner_flag:
    lock andq $-9, (%rdi)
    retq

slab_free:
    lock andq $-3, (%rdi)
    lock decl 52(%rdi)
    jne .L0
    movq 24(%rdi), %rax
    andl $3, %eax
    cmpl $2, %eax
    jne .L1
    movq $0, 24(%rdi)
.L1:
    cmpb $1, 4(%rsi)
    jne .L2
    movl $1, %ecx
.L3:
    xorl %eax, %eax
    lock cmpxchgl %ecx, (%rsi)
    jne .L4
    jmp .L2
.L5:
    pause
.L4:
    movl (%rsi), %eax
    testl %eax, %eax
    jne .L5
    jmp .L3
.L2:
    movl $-251658241, 48(%rdi)
    cmpb $0, 4(%rsi)
    je .L0
    movl $0, (%rsi)
.L0:
    retq

precheck:
    movq (%rdi), %rax
    andl $23, %eax
    cmpl $16, %eax
    sete %al
    retq

lock_movable:
    movq (%rdi), %rax
.L0:
    movl %eax, %ecx
    andl $23, %ecx
    cmpl $16, %ecx
    jne .L1
    movq %rax, %rcx
    orq $1, %rcx
    lock cmpxchgq %rcx, (%rdi)
    jne .L0
    movq 24(%rdi), %rax
    andq $-4, %rax
    retq
.L1:
    andl $22, %eax
    cmpl $16, %eax
    movl $0, %eax
    sete %al
    incq %rax
    retq

isolate:
    movl 52(%rdi), %eax
.L0:
    testl %eax, %eax
    je .L1
    leal 1(%rax), %ecx
    lock cmpxchgl %ecx, 52(%rdi)
    jne .L0
    movq (%rdi), %rax
.L2:
    movl %eax, %ecx
    andl $23, %ecx
    cmpl $16, %ecx
    jne .L3
    movq %rax, %rcx
    orq $1, %rcx
    lock cmpxchgq %rcx, (%rdi)
    jne .L2
    movq 24(%rdi), %rax
    lock orq $4, (%rdi)
    andq $-4, %rax
    lock andq $-2, (%rdi)
    retq
.L1:
    xorl %ecx, %ecx
    movzbl %cl, %eax
    retq
.L3:
    andl $22, %eax
    cmpl $16, %eax
    sete %cl
    incb %cl
    lock decl 52(%rdi)
    jne .L4
    movq 24(%rdi), %rax
    andl $3, %eax
    cmpl $2, %eax
    jne .L5
    movq $0, 24(%rdi)
.L5:
    cmpb $1, 4(%rsi)
    jne .L6
    movl $1, %edx
.L7:
    xorl %eax, %eax
    lock cmpxchgl %edx, (%rsi)
    jne .L8
    jmp .L6
.L9:
    pause
.L8:
    movl (%rsi), %eax
    testl %eax, %eax
    jne .L9
    jmp .L7
.L6:
    movl $-251658241, 48(%rdi)
    cmpb $0, 4(%rsi)
    je .L4
    movl $0, (%rsi)
.L4:
    movzbl %cl, %eax
    retq
